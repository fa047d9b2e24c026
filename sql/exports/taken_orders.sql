-- grain:   one row per order taken today; total in fen
-- reads:   order_heads, refused_orders
-- needs:   order_heads
-- params:  -
-- returns: order_id, member_id, merchant_id, completed_at, total
select h.order_id, h.member_id, h.merchant_id, h.completed_at, h.total
from order_heads h
where h.order_id not in (select order_id from refused_orders)
