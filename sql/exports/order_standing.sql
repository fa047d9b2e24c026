-- grain:   one row per sound order line of today that is not taken: refused, or counted as a duplicate
-- reads:   read_orders, order_doubles, refused_orders
-- needs:   order_doubles | read_orders, order_doubles | refused_orders
-- params:  -
-- returns: at_row, standing
select at_row, standing from order_doubles
union all
select o.at_row, r.reason as standing
from read_orders o
join refused_orders r on r.order_id = o.order_id
where o.at_row not in (select at_row from order_doubles)
