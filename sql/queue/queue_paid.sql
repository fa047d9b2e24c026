-- grain:   one row per ticket, cause and order whose money it was: every payment of the queues today
-- reads:   pot_paid, queue_layers, accelerations, queue_orders, tickets_funded
-- needs:   tickets_funded, accelerations | pot_paid, accelerations | queue_layers, pot_paid | queue_orders,
--          queue_layers | queue_orders
-- params:  -
-- returns: kind, order_id, member_id, from_order_id, amount, paid_depth, rule_version
select
    'fund' as kind, w.order_id, w.member_id, l.order_id as from_order_id, p.amount, cast(0 as bigint) as paid_depth,
    w.rule_version
from pot_paid as p
inner join queue_layers as l on p.queue_no = l.queue_no and p.money_place = l.place
inner join tickets_funded as w on p.queue_no = w.queue_no and p.ticket_no = w.ticket_no
union all
select
    'accelerate' as kind, w.order_id, w.member_id, o.order_id as from_order_id, a.amount, a.paid_depth, w.rule_version
from accelerations as a
inner join queue_orders as o on a.from_seq = o.seq
inner join tickets_funded as w on a.queue_no = w.queue_no and a.ticket_no = w.ticket_no
