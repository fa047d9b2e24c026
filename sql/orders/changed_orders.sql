-- grain:   one row per order whose freeze ended today or which was refunded after it, and per guest's order that is
--          new or refunded, as it stands at the close
-- reads:   touched_orders, qualified
-- needs:   qualified | touched_orders
-- params:  day
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version
select
    order_id, member_id, merchant_id, completed_at, total, total - kept as refunded, export_date, qualify_on, seq,
    kept as kept_at, rule_version
from qualified
union all
-- What does not qualify today.
select
    order_id, member_id, merchant_id, completed_at, total, refunded + refunded_today as refunded, export_date,
    qualify_on, seq, kept_at, rule_version
from touched_orders
where
    (qualify_on <= $day or member_id = '')
    and (qualify_on <> $day or member_id = '' or total - refunded - refunded_today <= 0)
