-- grain:   one row per ticket of an order that asks to leave, waiting after late refunds
-- reads:   exit_tickets, tickets_refunded
-- needs:   exit_tickets
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind
select
    t.queue_id, t.ticket_no, t.order_id, t.part, t.member_id, t.target, t.received, t.behind, t.status, t.entered_on,
    t.ended_on, t.rule_version, t.exit_bp, t.exit_behind
from exit_tickets as t
left join tickets_refunded as r on t.queue_id = r.queue_id and t.ticket_no = r.ticket_no
where t.status = 'waiting' and r.ticket_no is null
union all
select
    queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
    rule_version, exit_bp, exit_behind
from tickets_refunded
where status = 'waiting' and order_id in (select order_id from exit_tickets)
