-- grain:   one row per lot or ticket whose vouchers a late refund takes back, in order, with the money that follows them
--          from the backing to the pool (rules.md sections 7 and 9)
-- reads:   vouchers_back_listed, prior_balances
-- needs:   vouchers_back_listed
-- params:  -
-- returns: place, programme, holder, account, order_id, units, pool, money, rule_version
-- Places and sums in two levels, blocks and the rows of each, so that no one sort holds all.
with blocks as (
    select place // 1048576 as block, count(*) as lots
    from vouchers_back_listed
    where units > 0
    group by place // 1048576
),
starts as (
    select block, cast(sum(lots) over (order by block) as bigint) - lots as earlier
    from blocks
),
placed as (
    select
        cast(
            s.earlier + row_number() over (partition by s.block order by v.place, v.step, v.order_id, v.lot_no) as bigint
        ) as place,
        v.programme, v.holder, v.account, v.order_id, v.units, v.pool, v.rule_version
    from vouchers_back_listed as v
    inner join starts as s on v.place // 1048576 = s.block
    where v.units > 0
),
holders as (
    select account, holder, balance
    from prior_balances
    where account in ('member_vouchers', 'merchant_vouchers') and commodity = 'VOUCHER'
),
taken as (
    select account, holder, place // 1048576 as block, cast(sum(units) as bigint) as units
    from placed
    group by account, holder, place // 1048576
),
taken_starts as (
    select
        account, holder, block,
        cast(sum(units) over (partition by account, holder order by block) as bigint) - units as earlier
    from taken
),
standing as (
    select
        p.place, p.programme, p.holder, p.account, p.order_id, p.units, p.pool, p.rule_version,
        coalesce(h.balance, 0) - s.earlier
        - (
            cast(sum(p.units) over (partition by p.account, p.holder, s.block order by p.place) as bigint) - p.units
        ) as held
    from placed as p
    inner join taken_starts as s
        on p.account = s.account and p.holder = s.holder and p.place // 1048576 = s.block
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
wanted as (
    select place // 1048576 as block, cast(sum(wanted) as bigint) as wanted
    from backed
    group by place // 1048576
),
wanted_starts as (
    select block, cast(sum(wanted) over (order by block) as bigint) - wanted as earlier
    from wanted
),
running as (
    select
        b.place, b.programme, b.holder, b.account, b.order_id, b.units, b.pool, b.rule_version, b.wanted,
        s.earlier + cast(sum(b.wanted) over (partition by s.block order by b.place) as bigint) as upto
    from backed as b
    inner join wanted_starts as s on b.place // 1048576 = s.block
)
select
    r.place, r.programme, r.holder, r.account, r.order_id, r.units, r.pool,
    least(b.amount, r.upto) - least(b.amount, r.upto - r.wanted) as money,
    r.rule_version
from running as r
cross join backing as b
