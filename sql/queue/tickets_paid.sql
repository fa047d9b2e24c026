-- grain:   one row per waiting ticket that receives money today, with how much
-- reads:   tickets_waiting, lanes_waiting, queue_payments, accelerations
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on,
--          ended_on, rule_version, exit_bp, exit_behind, amount
with paid as (
    select queue_no, ticket_no, amount from queue_payments
    union all
    select queue_no, ticket_no, amount from accelerations
),
sums as (
    select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
    from paid
    group by queue_no, ticket_no
),
waiting as (
    select
        queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on,
        ended_on, rule_version, exit_bp, exit_behind
    from tickets_waiting
    union all
    select
        l.queue_no, l.queue_id, l.ticket_no, l.order_id, l.part, l.member_id, l.target, l.received, l.behind, l.status,
        l.entered_on, l.ended_on, l.rule_version, l.exit_bp, l.exit_behind
    from lanes_waiting as l
    left join tickets_waiting as w on l.queue_no = w.queue_no and l.ticket_no = w.ticket_no
    where w.ticket_no is null
)
select
    w.queue_no, w.queue_id, w.ticket_no, w.order_id, w.part, w.member_id, w.target, w.received, w.behind, w.status,
    w.entered_on, w.ended_on, w.rule_version, w.exit_bp, w.exit_behind, s.amount
from waiting as w
inner join sums as s on w.queue_no = s.queue_no and w.ticket_no = s.ticket_no
where s.amount > 0
