-- grain:   one row per order of today with more than one sound line
-- reads:   read_orders
-- needs:   read_orders
-- params:  -
-- returns: order_id
select order_id
from read_orders
group by order_id
having count(*) > 1
