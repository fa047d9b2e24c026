-- grain:   one row per ticket of a late-refunded order, as it stood before today
-- reads:   prior_tickets, late_refunds
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind
select
    queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on, rule_version,
    exit_bp, exit_behind
from prior_tickets
where order_id in (select order_id from late_refunds)
