-- grain:   one row per order of today that offers part of its pot to its buyer's own tickets (rules.md section 6.3.1)
-- reads:   queue_orders
-- needs:   queue_orders
-- params:  queue_repurchase_bp
-- returns: queue_no, member_id, place, amount
select queue_no, member_id, seq as place, mul_div(pot, $queue_repurchase_bp, 10000) as amount
from queue_orders
where mul_div(pot, $queue_repurchase_bp, 10000) > 0
