-- grain:   one row per lot or ticket whose vouchers a late refund takes back, in order, with the money that follows them
--          from the backing to the pool (rules.md sections 7 and 9)
-- reads:   vouchers_back_listed, prior_balances
-- params:  -
-- returns: place, programme, holder, account, order_id, units, pool, money, rule_version
with placed as (
    select
        cast(row_number() over (order by place, step, order_id, lot_no) as bigint) as place,
        programme, holder, account, order_id, units, pool, rule_version
    from vouchers_back_listed
    where units > 0
),
holders as (
    select account, holder, balance
    from prior_balances
    where account in ('member_vouchers', 'merchant_vouchers') and commodity = 'VOUCHER'
),
standing as (
    select
        p.place, p.programme, p.holder, p.account, p.order_id, p.units, p.pool, p.rule_version,
        coalesce(h.balance, 0)
        - (cast(sum(p.units) over (partition by p.account, p.holder order by p.place) as bigint) - p.units) as held
    from placed as p
    left join holders as h on p.account = h.account and p.holder = h.holder
),
-- What a holder had below zero has no money behind it.
backed as (
    select
        place, programme, holder, account, order_id, units, pool, rule_version,
        case when pool = '' then cast(0 as bigint) else least(units, greatest(cast(0 as bigint), held)) end as wanted
    from standing
),
backing as (
    select coalesce(cast(sum(balance) as bigint), 0) as amount from prior_balances where account = 'voucher_backing'
),
running as (
    select
        place, programme, holder, account, order_id, units, pool, rule_version, wanted,
        cast(sum(wanted) over (order by place) as bigint) as upto
    from backed
)
select
    r.place, r.programme, r.holder, r.account, r.order_id, r.units, r.pool,
    least(b.amount, r.upto) - least(b.amount, r.upto - r.wanted) as money,
    r.rule_version
from running as r
cross join backing as b
