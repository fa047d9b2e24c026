-- grain:   one row per order taken today whose freeze still runs
-- reads:   touched_orders
-- params:  day
-- returns: qualify_on, order_id
select qualify_on, order_id
from touched_orders
where export_date = $day and qualify_on > $day and member_id <> ''
