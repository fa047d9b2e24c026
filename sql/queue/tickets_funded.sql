-- grain:   one row per waiting ticket that received money today, as it stands then; received_before, funded and
--          accelerated say how it came to that
-- reads:   tickets_reached, pot_payments, accelerations
-- needs:   tickets_reached
-- params:  day
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, received_before, funded, accelerated
with offered as (
    select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
    from accelerations
    group by queue_no, ticket_no
),
paid as (
    select
        w.queue_no, w.queue_id, w.ticket_no, w.order_id, w.part, w.member_id, w.target, w.received, w.behind,
        w.entered_on, w.ended_on, w.rule_version, w.exit_bp, w.exit_behind,
        coalesce(p.amount, 0) as funded, coalesce(o.amount, 0) as accelerated
    from tickets_reached as w
    left join pot_payments as p on w.queue_no = p.queue_no and w.ticket_no = p.ticket_no
    left join offered as o on w.queue_no = o.queue_no and w.ticket_no = o.ticket_no
)
select
    queue_no, queue_id, ticket_no, order_id, part, member_id, target, received + funded + accelerated as received, behind,
    case when received + funded + accelerated = target then 'done' else 'waiting' end as status,
    entered_on,
    case when received + funded + accelerated = target then cast($day as date) else ended_on end as ended_on,
    rule_version, exit_bp, exit_behind, received as received_before, funded, accelerated
from paid
where funded + accelerated > 0
