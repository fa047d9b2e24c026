-- grain:   one row per line of an earlier export whose order stands in today's orders again
-- reads:   prior_lines, orders_before, read_orders
-- params:  -
-- returns: order_id, line_no, product_id, product_name, unit_price, quantity, discount
with again as (
    select order_id from orders_before where order_id in (select order_id from read_orders)
)
select p.order_id, p.line_no, p.product_id, p.product_name, p.unit_price, p.quantity, p.discount
from prior_lines p
where p.order_id in (select order_id from again)
