-- grain:   one row per ticket among those found that waits at step 5: what steps 2 and 3 left of those open when the
--          day opened
-- reads:   tickets_found, tickets_refunded, tickets_exited, queue_numbers
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on,
--          ended_on, rule_version, exit_bp, exit_behind, need
with refunded as (
    select
        r.queue_id, r.ticket_no, r.order_id, r.part, r.member_id, r.target, r.received, r.behind, r.status, r.entered_on,
        r.ended_on, r.rule_version, r.exit_bp, r.exit_behind
    from tickets_refunded as r
    left join tickets_exited as x on r.queue_id = x.queue_id and r.ticket_no = x.ticket_no
    where r.status = 'waiting' and x.ticket_no is null
),
waiting as (
    select
        f.queue_id, f.ticket_no, f.order_id, f.part, f.member_id, f.target, f.received, f.behind, f.status, f.entered_on,
        f.ended_on, f.rule_version, f.exit_bp, f.exit_behind
    from tickets_found as f
    left join tickets_refunded as r on f.queue_id = r.queue_id and f.ticket_no = r.ticket_no
    left join tickets_exited as x on f.queue_id = x.queue_id and f.ticket_no = x.ticket_no
    where f.status = 'waiting' and r.ticket_no is null and x.ticket_no is null
    union all
    select
        queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
        rule_version, exit_bp, exit_behind
    from refunded
)
select
    n.queue_no, w.queue_id, w.ticket_no, w.order_id, w.part, w.member_id, w.target, w.received, w.behind, w.status,
    w.entered_on, w.ended_on, w.rule_version, w.exit_bp, w.exit_behind, w.target - w.received as need
from waiting as w
inner join queue_numbers as n on w.queue_id = n.queue_id
