-- grain:   one row per waiting ticket that an offer can reach and today's common pot cannot
-- reads:   lanes_waiting, tickets_waiting
-- needs:   lanes_waiting
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on,
--          ended_on, rule_version, exit_bp, exit_behind, need
select
    l.queue_no, l.queue_id, l.ticket_no, l.order_id, l.part, l.member_id, l.target, l.received, l.behind, l.status,
    l.entered_on, l.ended_on, l.rule_version, l.exit_bp, l.exit_behind, l.need
from lanes_waiting as l
left join tickets_waiting as w on l.queue_no = w.queue_no and l.ticket_no = w.ticket_no
where w.ticket_no is null
