-- grain:   one row per ticket, cause and order whose money it was: every payment of the queues today
-- reads:   pot_paid, queue_layers, accelerations, tickets_paid, versions
-- params:  -
-- returns: queue_id, ticket_no, kind, order_id, member_id, from_order_id, amount, paid_depth, wallet, rule_version
with payments as (
    select
        p.queue_id, p.ticket_no, 'fund' as kind, l.order_id as from_order_id, p.amount, cast(0 as bigint) as paid_depth
    from pot_paid as p
    inner join queue_layers as l on p.queue_id = l.queue_id and p.money_place = l.place
    union all
    select queue_id, ticket_no, 'accelerate' as kind, from_order_id, amount, paid_depth
    from accelerations
)
select
    p.queue_id, p.ticket_no, p.kind, w.order_id, w.member_id, p.from_order_id, p.amount, p.paid_depth,
    v.tax_queue as wallet, w.rule_version
from payments as p
inner join tickets_paid as w on p.queue_id = w.queue_id and p.ticket_no = w.ticket_no
inner join versions as v on w.rule_version = v.version
