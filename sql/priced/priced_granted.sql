-- grain:   one row per lot of points that was granted today, as it entered (rules.md section 4.2)
-- reads:   priced_orders
-- needs:   priced_orders
-- params:  day, point_price
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
select
    concat('points/', order_id) as lot_id, 'points' as programme, member_id as holder, order_id, units as granted,
    units as "left", cast(0 as bigint) as received, cast(0 as bigint) as contribution, 'live' as status,
    cast($day as date) as opened_on, cast(null as date) as closed_on, rule_version, seq,
    cast($point_price as bigint) as price, cast(0 as bigint) as paid, cast(null as bigint) as concession_bp,
    cast(null as bigint) as period_in, cast(null as bigint) as period_out
from priced_orders
where units > 0
