-- grain:   one row per lot of green points that a period end of today changed, as it stands after it, with the vouchers
--          released and the GREEN destroyed (rules.md section 7)
-- reads:   green_lots_due, green_pool
-- needs:   green_lots_due, green_pool
-- params:  day, green_period
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, released, expired
with sums as (
    select coalesce(cast(sum(due) as bigint), 0) as due from green_lots_due
),
paid_out as (
    select
        d.lot_id, d.programme, d.holder, d.order_id, d.granted, d."left", d.received, d.contribution, d.opened_on,
        d.rule_version, d.seq, d.price, d.paid, d.concession_bp, d.period_in, d.touched, d.ends,
        -- What is cut off lapses.
        case when p.amount >= s.due then d.due else mul_div(d.due, p.amount, s.due) end as released
    from green_lots_due as d
    cross join sums as s
    cross join green_pool as p
)
select
    lot_id, programme, holder, order_id, granted, case when ends then 0 else "left" end as "left",
    received + released as received, contribution, case when ends then 'closed' else 'live' end as status, opened_on,
    case when ends then cast($day as date) else cast(null as date) end as closed_on,
    rule_version, seq, price, paid, concession_bp, period_in,
    case when ends then cast($green_period as bigint) else cast(0 as bigint) end as period_out,
    released, case when ends then "left" else 0 end as expired
from paid_out
where touched or ends or released > 0
