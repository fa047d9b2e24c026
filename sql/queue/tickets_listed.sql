-- grain:   one row per ticket that entered, received, was re-targeted or ended today (contract.md, tickets)
-- reads:   changed_tickets
-- needs:   changed_tickets
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version
select
    queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on, rule_version
from changed_tickets
where seen
