-- grain:   one row per line of an order taken today; unit_price and discount in fen
-- reads:   read_orders, order_doubles, refused_orders
-- needs:   read_orders
-- params:  -
-- returns: order_id, line_no, product_id, product_name, unit_price, quantity, discount
select o.order_id, o.line_no, o.product_id, o.product_name, o.unit_price, o.quantity, o.discount
from read_orders o
where o.at_row not in (select at_row from order_doubles)
    and o.order_id not in (select order_id from refused_orders)
