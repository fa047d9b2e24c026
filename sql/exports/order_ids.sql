-- grain:   one row per time that a row of today names an order
-- reads:   read_orders, read_refunds, read_exits
-- needs:   read_exits | read_orders | read_refunds
-- params:  -
-- returns: order_id
select order_id from read_orders
union all
select order_id from read_refunds
union all
select order_id from read_exits
