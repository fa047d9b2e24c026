-- grain:   one row per order of today that offers part of its pot to its sponsor's tickets (rules.md section 6.3.1)
-- reads:   queue_orders, buyers
-- needs:   buyers, queue_orders
-- params:  queue_direct_bp
-- returns: queue_no, member_id, place, amount
select
    o.queue_no, b.sponsor_id as member_id, o.seq as place, mul_div(o.pot, $queue_direct_bp, 10000) as amount
from queue_orders as o
inner join buyers as b on o.member_id = b.member_id
where b.sponsor_id <> '' and mul_div(o.pot, $queue_direct_bp, 10000) > 0
