-- grain:   one row per ticket that enters at the close: of today's orders, then next parts (rules.md section 6.1)
-- reads:   queue_orders, tickets_funded, versions, queue_numbers
-- needs:   queue_numbers, queue_orders | tickets_funded, queue_orders | versions
-- params:  day, version, queue_split_unit_fen
-- returns: queue_no, queue_id, ticket_no, order_id, part, member_id, target, received, behind, status, entered_on, ended_on,
--          rule_version, exit_bp, exit_behind
with entering as (
    select
        queue_no, queue_no * 4194304 + seq // 1048576 as block, seq as turn, order_id, cast(1 as bigint) as part, member_id,
        case
            when $queue_split_unit_fen > 0 and target > $queue_split_unit_fen then $queue_split_unit_fen
            else target
        end as target,
        target as whole,
        $version as rule_version
    from queue_orders
    where target > 0
    union all
    select
        f.queue_no, f.queue_no * 4194304 + 1048576 + f.ticket_no // 1048576 as block, f.ticket_no as turn, f.order_id, f.part + 1 as part,
        f.member_id,
        least(f.behind, v.queue_split_unit_fen) as target,
        f.behind as whole,
        f.rule_version
    from tickets_funded as f
    inner join versions as v on f.rule_version = v.version
    where f.status = 'done' and f.behind > 0
),
-- Numbered in two levels, blocks of turns and the tickets of each, so that no one sort holds a whole queue. A block is one
-- number, its queue and 22 bits; those of the next parts are behind all those of orders.
blocks as (
    select queue_no, queue_no * 4194304 + seq // 1048576 as block, count(*) as tickets
    from queue_orders
    where target > 0
    group by queue_no, queue_no * 4194304 + seq // 1048576
    union all
    select queue_no, queue_no * 4194304 + 1048576 + ticket_no // 1048576 as block, count(*) as tickets
    from tickets_funded
    where status = 'done' and behind > 0
    group by queue_no, queue_no * 4194304 + 1048576 + ticket_no // 1048576
),
starts as (
    select
        n.queue_no, n.queue_id, b.block,
        n.last_no + cast(sum(b.tickets) over (partition by b.queue_no order by b.block) as bigint) - b.tickets as last_no
    from blocks as b
    inner join queue_numbers as n on b.queue_no = n.queue_no
),
placed as (
    select
        block, order_id, part, member_id, target, whole, rule_version,
        row_number() over (partition by block order by turn) as place
    from entering
)
select
    s.queue_no, s.queue_id,
    cast(s.last_no + p.place as bigint) as ticket_no,
    p.order_id, p.part, p.member_id,
    cast(p.target as bigint) as target,
    cast(0 as bigint) as received,
    cast(p.whole - p.target as bigint) as behind,
    'waiting' as status,
    cast($day as date) as entered_on,
    cast(null as date) as ended_on,
    p.rule_version,
    cast(0 as bigint) as exit_bp,
    cast(0 as bigint) as exit_behind
from placed as p
inner join starts as s on p.block = s.block
