-- grain:   one row per ticket that changed today, as it stands at the close
-- reads:   tickets_refunded, tickets_exited, tickets_funded, tickets_entered
-- params:  -
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, seen
select
    r.queue_id, r.ticket_no, r.order_id, r.part, r.member_id, r.target, r.received, r.behind, r.status, r.entered_on,
    r.ended_on, r.rule_version, r.exit_bp, r.exit_behind, r.seen
from tickets_refunded as r
left join tickets_exited as x on r.queue_id = x.queue_id and r.ticket_no = x.ticket_no
left join tickets_funded as f on r.queue_id = f.queue_id and r.ticket_no = f.ticket_no
where x.ticket_no is null and f.ticket_no is null
union all
select
    queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
    rule_version, exit_bp, exit_behind, true as seen
from tickets_exited
union all
select
    queue_id, ticket_no, order_id, part, member_id, target, received,
    case when status = 'done' then cast(0 as bigint) else behind end as behind,
    status, entered_on, ended_on, rule_version, exit_bp, exit_behind, true as seen
from tickets_funded
union all
select
    queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
    rule_version, exit_bp, exit_behind, true as seen
from tickets_entered
