-- grain:   one row per acceleration: an order of today that paid a ticket directly (rules.md section 6.3.1)
-- reads:   direct_met, own_met, queue_orders
-- params:  -
-- returns: queue_id, ticket_no, from_seq, from_order_id, amount, paid_depth
with met as (
    select money_place, need_place, amount, 1 as paid_depth from direct_met
    union all
    select money_place, need_place, amount, 0 as paid_depth from own_met
)
select
    o.queue_id, m.need_place as ticket_no, o.seq as from_seq, o.order_id as from_order_id, m.amount,
    cast(m.paid_depth as bigint) as paid_depth
from met as m
inner join queue_orders as o on m.money_place = o.seq
