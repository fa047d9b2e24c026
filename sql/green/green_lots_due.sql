-- grain:   one row per lot of green points that lives when a period ends, with what it then has a right to
--          (rules.md section 7)
-- reads:   green_lots_found, green_lots_refunded, green_lots_granted, green_rates
-- needs:   green_rates, green_lots_found | green_lots_granted | green_lots_refunded
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, touched, ends, due
-- A right is lot x rate / 10^16, in two parts that each stay far below 128 bits.
with living as (
    select
        lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
        rule_version, seq, price, paid, concession_bp, period_in, period_out, false as touched
    from green_lots_found
    where programme = 'green' and status = 'live' and lot_id not in (select lot_id from green_lots_refunded)
    union all
    select
        lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
        rule_version, seq, price, paid, concession_bp, period_in, period_out, true as touched
    from green_lots_refunded
    where status = 'live'
    union all
    select
        lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
        rule_version, seq, price, paid, concession_bp, period_in, period_out, true as touched
    from green_lots_granted
)
select
    l.lot_id, l.programme, l.holder, l.order_id, l.granted, l."left", l.received, l.contribution, l.status,
    l.opened_on, l.closed_on, l.rule_version, l.seq, l.price, l.paid, l.concession_bp, l.period_in, l.period_out,
    l.touched, r.ends,
    l."left" * r.whole + mul_div(l."left", r.part, 10000000000000000)
    - l."left" * r.whole_before - mul_div(l."left", r.part_before, 10000000000000000) as due
from living as l
inner join green_rates as r on l.rule_version = r.rule_version and l.period_in = r.period_in
