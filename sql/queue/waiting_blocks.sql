-- grain:   one row per queue with a common pot and block of 32 ticket numbers, with what all earlier blocks still need
--          after acceleration
-- reads:   prior_blocks, blocks_moved, accelerations, queue_pots, queue_numbers
-- needs:   queue_numbers, queue_pots, accelerations | blocks_moved | prior_blocks
-- params:  -
-- returns: queue_no, queue_id, block, pot, tickets_earlier, need_earlier
with paying as (
    select n.queue_no, n.queue_id, p.pot
    from queue_pots as p
    inner join queue_numbers as n on p.queue_no = n.queue_no
),
pieces as (
    select p.queue_no, b.block, b.tickets, b.need
    from prior_blocks as b
    inner join paying as p on b.queue_id = p.queue_id
    union all
    select p.queue_no, b.block, b.tickets, b.need
    from blocks_moved as b
    inner join paying as p on b.queue_id = p.queue_id
    union all
    select
        queue_no, ticket_no // 32 as block, cast(0 as bigint) as tickets, -cast(sum(amount) as bigint) as need
    from accelerations
    group by queue_no, ticket_no // 32
),
sums as (
    select queue_no, block, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from pieces
    group by queue_no, block
    having cast(sum(tickets) as bigint) > 0
),
-- In two levels, so that no one sort holds all blocks of a queue: spans of as many blocks, and the blocks of each.
spans as (
    select
        queue_no, block // 32768 as span, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from sums
    group by queue_no, block // 32768
),
starts as (
    select
        queue_no, span,
        cast(sum(tickets) over (partition by queue_no order by span) as bigint) - tickets as tickets_earlier,
        cast(sum(need) over (partition by queue_no order by span) as bigint) - need as need_earlier
    from spans
),
running as (
    select
        b.queue_no, b.block,
        s.tickets_earlier
        + cast(sum(b.tickets) over (partition by b.queue_no, s.span order by b.block) as bigint) - b.tickets
            as tickets_earlier,
        s.need_earlier
        + cast(sum(b.need) over (partition by b.queue_no, s.span order by b.block) as bigint) - b.need as need_earlier
    from sums as b
    inner join starts as s on b.queue_no = s.queue_no and b.block // 32768 = s.span
)
select r.queue_no, p.queue_id, r.block, p.pot, r.tickets_earlier, r.need_earlier
from running as r
inner join paying as p on r.queue_no = p.queue_no
