-- grain:   one row per take-back, in order, with what the wallet covers and what becomes a debt (rules.md section 9)
-- reads:   takebacks_listed, wallets_resulted
-- params:  -
-- returns: place, programme, member_id, order_id, wallet, account, holder, amount, covered, rule_version
with placed as (
    select
        cast(row_number() over (order by place, step, made_on, made_seq, order_id) as bigint) as place,
        programme, member_id, order_id, wallet, account, holder, amount, rule_version
    from takebacks_listed
),
laid as (
    select
        p.place, p.programme, p.member_id, p.order_id, p.wallet, p.account, p.holder, p.amount, p.rule_version,
        coalesce(w.balance, 0) as balance,
        cast(sum(p.amount) over (partition by p.member_id, p.wallet order by p.place) as bigint) - p.amount as earlier
    from placed as p
    left join wallets_resulted as w on p.member_id = w.member_id and p.wallet = w.wallet
)
select
    place, programme, member_id, order_id, wallet, account, holder, amount,
    least(amount, greatest(0, balance - earlier)) as covered,
    rule_version
from laid
