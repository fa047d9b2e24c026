-- grain:   one row per ticket that left its queue today for a voucher (rules.md section 6.2)
-- reads:   judged_exits, exits_standing
-- needs:   exits_standing, judged_exits
-- params:  day, queue_exit_bp, queue_version
-- returns: queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind, voucher, exit_version
select
    t.queue_id, t.ticket_no, t.order_id, t.part, t.member_id, t.target, t.received,
    cast(0 as bigint) as behind,
    'exited' as status,
    t.entered_on,
    cast($day as date) as ended_on,
    t.rule_version,
    cast($queue_exit_bp as bigint) as exit_bp,
    t.behind as exit_behind,
    mul_div(t.target - t.received + t.behind, cast($queue_exit_bp as bigint), 10000) as voucher,
    -- What an exit is worth follows the version of its day (rules.md section 2).
    $queue_version as exit_version
from judged_exits as x
inner join exits_standing as t on x.queue_id = t.queue_id and x.ticket_no = t.ticket_no
where x.verdict = 'taken'
