-- grain:   one row per take-back, in order, with what the wallet covers and what becomes a debt (rules.md section 9)
-- reads:   takebacks_listed, wallets_resulted
-- needs:   takebacks_listed
-- params:  -
-- returns: place, programme, member_id, order_id, wallet, account, holder, amount, covered, rule_version
-- Placed in two levels, blocks of late refunds and the take-backs of each, so that no one sort holds all.
with blocks as (
    select place // 1048576 as block, count(*) as takebacks
    from takebacks_listed
    group by place // 1048576
),
starts as (
    select block, cast(sum(takebacks) over (order by block) as bigint) - takebacks as earlier
    from blocks
),
placed as (
    select
        cast(
            s.earlier + row_number() over (
                partition by s.block order by t.place, t.step, t.made_on, t.made_seq, t.order_id
            ) as bigint
        ) as place,
        t.programme, t.member_id, t.order_id, t.wallet, t.account, t.holder, t.amount, t.rule_version
    from takebacks_listed as t
    inner join starts as s on t.place // 1048576 = s.block
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
