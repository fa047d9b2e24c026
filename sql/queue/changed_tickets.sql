-- grain:   one row per ticket that changed today, as it stands at the close
-- reads:   tickets_stepped, tickets_funded, tickets_entered
-- needs:   tickets_entered | tickets_funded | tickets_stepped
-- params:  -
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, seen
select
    queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
    rule_version, exit_bp, exit_behind, seen
from tickets_stepped
union all
select
    queue_no, queue_id, ticket_no, order_id, part, member_id, target, received,
    case when status = 'done' then cast(0 as bigint) else behind end as behind,
    status, entered_on, ended_on, rule_version, exit_bp, exit_behind, true as seen
from tickets_funded
union all
select
    queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
    rule_version, exit_bp, exit_behind, true as seen
from tickets_entered
