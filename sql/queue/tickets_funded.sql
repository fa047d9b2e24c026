-- grain:   one row per waiting ticket that received money today, as it stands then
-- reads:   tickets_paid
-- params:  day
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind
select
    queue_no, queue_id, ticket_no, order_id, part, member_id, target, received + amount as received, behind,
    case when received + amount = target then 'done' else 'waiting' end as status,
    entered_on,
    case when received + amount = target then cast($day as date) else ended_on end as ended_on,
    rule_version, exit_bp, exit_behind
from tickets_paid
