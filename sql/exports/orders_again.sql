-- grain:   one row per order of an earlier export whose lines stand in today's orders again
-- reads:   orders_before, read_orders
-- needs:   orders_before, read_orders
-- params:  -
-- returns: order_id
select order_id from orders_before where order_id in (select order_id from read_orders)
