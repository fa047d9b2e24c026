-- grain:   one row per ticket that entered, received, was re-targeted or ended today (contract.md, tickets)
-- reads:   changed_tickets, prior_tickets
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version
select
    c.queue_id, c.ticket_no, c.order_id, c.part, c.member_id, c.target, c.received, c.behind, c.status, c.entered_on,
    c.ended_on, c.rule_version
from changed_tickets as c
left join prior_tickets as p on c.queue_id = p.queue_id and c.ticket_no = p.ticket_no
where p.ticket_no is null or c.target <> p.target or c.received <> p.received or c.status <> p.status
