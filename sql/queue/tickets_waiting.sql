-- grain:   one row per ticket that waits at step 5: what steps 2 and 3 left of those open when the day opened
-- reads:   tickets_standing, tickets_exited
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, need
select
    t.queue_id, t.ticket_no, t.order_id, t.part, t.member_id, t.target, t.received, t.behind, t.status, t.entered_on,
    t.ended_on, t.rule_version, t.exit_bp, t.exit_behind, t.target - t.received as need
from tickets_standing as t
left join tickets_exited as x on t.queue_id = x.queue_id and t.ticket_no = x.ticket_no
where x.ticket_no is null
