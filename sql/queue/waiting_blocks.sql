-- grain:   one row per queue with a common pot and block of 32 ticket numbers, with what all earlier blocks still need
--          after acceleration
-- reads:   prior_blocks, blocks_moved, accelerations, queue_pots, queue_numbers
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
running as (
    select
        queue_no, block,
        cast(sum(tickets) over (partition by queue_no order by block) as bigint) - tickets as tickets_earlier,
        cast(sum(need) over (partition by queue_no order by block) as bigint) - need as need_earlier
    from sums
)
select r.queue_no, p.queue_id, r.block, p.pot, r.tickets_earlier, r.need_earlier
from running as r
inner join paying as p on r.queue_no = p.queue_no
