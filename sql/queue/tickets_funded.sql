-- grain:   one row per waiting ticket that received money today, as it stands then
-- reads:   queue_paid, tickets_waiting
-- params:  day
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind
with sums as (
    select queue_id, ticket_no, cast(sum(amount) as bigint) as amount
    from queue_paid
    group by queue_id, ticket_no
)
select
    w.queue_id, w.ticket_no, w.order_id, w.part, w.member_id, w.target, w.received + s.amount as received, w.behind,
    case when w.received + s.amount = w.target then 'done' else 'waiting' end as status,
    w.entered_on,
    case when w.received + s.amount = w.target then cast($day as date) else w.ended_on end as ended_on,
    w.rule_version, w.exit_bp, w.exit_behind
from sums as s
inner join tickets_waiting as w on s.queue_id = w.queue_id and s.ticket_no = w.ticket_no
