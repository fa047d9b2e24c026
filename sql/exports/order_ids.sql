-- grain:   one row per order that a row of today names
-- reads:   read_orders, read_refunds, read_exits
-- params:  -
-- returns: order_id
select order_id from read_orders
union
select order_id from read_refunds
union
select order_id from read_exits
