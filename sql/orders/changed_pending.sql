-- grain:   one row per order taken or refunded today whose freeze still runs
-- reads:   touched_orders
-- needs:   touched_orders
-- params:  day
-- returns: qualify_on, order_id, member_id, merchant_id, completed_at, total, refunded, export_date
select
    qualify_on, order_id, member_id, merchant_id, completed_at, total, refunded + refunded_today as refunded, export_date
from touched_orders
where qualify_on > $day and member_id <> ''
