-- grain:   one row per ticket among those found that waits at step 5: what steps 2 and 3 left of those open when the
--          day opened
-- reads:   tickets_found, tickets_refunded, tickets_exited, queue_numbers
-- needs:   queue_numbers, tickets_found | tickets_refunded
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on,
--          ended_on, rule_version, exit_bp, exit_behind, need
with stepped as (
    select n.queue_no, r.ticket_no
    from tickets_refunded as r
    inner join queue_numbers as n on r.queue_id = n.queue_id
    union
    select n.queue_no, x.ticket_no
    from tickets_exited as x
    inner join queue_numbers as n on x.queue_id = n.queue_id
),
-- All that wait may be looked at here: a queue's id is compared once, from then on its number.
found as (
    select
        n.queue_no, f.queue_id, f.ticket_no, f.order_id, f.part, f.member_id, f.target, f.received, f.behind, f.status,
        f.entered_on, f.ended_on, f.rule_version, f.exit_bp, f.exit_behind
    from tickets_found as f
    inner join queue_numbers as n on f.queue_id = n.queue_id
    where f.status = 'waiting'
)
select
    f.queue_no, f.queue_id, f.ticket_no, f.order_id, f.part, f.member_id, f.target, f.received, f.behind, f.status,
    f.entered_on, f.ended_on, f.rule_version, f.exit_bp, f.exit_behind, f.target - f.received as need
from found as f
left join stepped as s on f.queue_no = s.queue_no and f.ticket_no = s.ticket_no
where s.ticket_no is null
union all
select
    n.queue_no, r.queue_id, r.ticket_no, r.order_id, r.part, r.member_id, r.target, r.received, r.behind, r.status,
    r.entered_on, r.ended_on, r.rule_version, r.exit_bp, r.exit_behind, r.target - r.received as need
from tickets_refunded as r
inner join queue_numbers as n on r.queue_id = n.queue_id
left join tickets_exited as x on r.queue_id = x.queue_id and r.ticket_no = x.ticket_no
where r.status = 'waiting' and x.ticket_no is null
