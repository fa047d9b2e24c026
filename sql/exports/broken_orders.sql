-- grain:   one row per order of today with a line that broke the contract on its own or against its double
-- reads:   faulty_orders, order_doubles
-- needs:   faulty_orders | order_doubles
-- params:  -
-- returns: order_id
select order_id from faulty_orders
union
select order_id from order_doubles where standing = 'duplicate_conflict'
