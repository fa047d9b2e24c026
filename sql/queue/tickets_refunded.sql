-- grain:   one row per ticket that a late refund changed, as it stands after it
-- reads:   ticket_steps, refunded_tickets
-- needs:   refunded_tickets, ticket_steps
-- params:  day
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, seen
with settled as (
    select
        t.queue_id, t.ticket_no, t.order_id, t.part, t.member_id, s.new_target, s.new_received, s.new_behind,
        case
            when t.status = 'exited' then 'exited'
            when s.new_target = 0 then 'cancelled'
            when t.status = 'waiting' and s.new_received = s.new_target then 'done'
            else t.status
        end as status,
        t.status as status_before, t.target, t.received, t.entered_on, t.ended_on, t.rule_version, t.exit_bp,
        t.exit_behind
    from ticket_steps as s
    inner join refunded_tickets as t on s.queue_id = t.queue_id and s.ticket_no = t.ticket_no
)
select
    queue_id, ticket_no, order_id, part, member_id, new_target as target, new_received as received,
    new_behind as behind, status, entered_on,
    case when status_before = 'waiting' and status <> 'waiting' then cast($day as date) else ended_on end as ended_on,
    rule_version, exit_bp, exit_behind,
    -- Parts that have not entered may shrink without a sign of it on the ticket (contract.md, tickets).
    new_target <> target or new_received <> received or status <> status_before as seen
from settled
