-- grain:   one row per ticket that a late refund or an exit changed and that received nothing afterwards, as it stands at
--          the close
-- reads:   tickets_refunded, tickets_exited, tickets_funded, queue_numbers
-- needs:   queue_numbers, tickets_exited | tickets_refunded
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, seen
with refunded as (
    select
        n.queue_no, r.queue_id, r.ticket_no, r.order_id, r.part, r.member_id, r.target, r.received, r.behind, r.status,
        r.entered_on, r.ended_on, r.rule_version, r.exit_bp, r.exit_behind, r.seen
    from tickets_refunded as r
    inner join queue_numbers as n on r.queue_id = n.queue_id
    left join tickets_exited as x on r.queue_id = x.queue_id and r.ticket_no = x.ticket_no
    where x.ticket_no is null
),
-- Refunds are few beside the tickets that may have received.
paid as (
    select f.queue_no, f.ticket_no
    from tickets_funded as f
    inner join refunded as r on f.queue_no = r.queue_no and f.ticket_no = r.ticket_no
)
select
    r.queue_no, r.queue_id, r.ticket_no, r.order_id, r.part, r.member_id, r.target, r.received, r.behind, r.status,
    r.entered_on, r.ended_on, r.rule_version, r.exit_bp, r.exit_behind, r.seen
from refunded as r
left join paid as p on r.queue_no = p.queue_no and r.ticket_no = p.ticket_no
where p.ticket_no is null
union all
select
    n.queue_no, x.queue_id, x.ticket_no, x.order_id, x.part, x.member_id, x.target, x.received, x.behind, x.status,
    x.entered_on, x.ended_on, x.rule_version, x.exit_bp, x.exit_behind, true as seen
from tickets_exited as x
inner join queue_numbers as n on x.queue_id = n.queue_id
