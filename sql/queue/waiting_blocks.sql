-- grain:   one row per queue with a common pot and block of 32 ticket numbers, with what all earlier blocks still need
--          after acceleration
-- reads:   prior_blocks, blocks_moved, accelerations, queue_layers
-- params:  -
-- returns: queue_id, block, pot, tickets_earlier, need_earlier
with pots as (
    select queue_id, cast(sum(amount) as bigint) as pot
    from queue_layers
    group by queue_id
),
pieces as (
    select queue_id, block, tickets, need from prior_blocks
    union all
    select queue_id, block, tickets, need from blocks_moved
    union all
    select
        queue_id, mul_div(ticket_no, 1, 32) as block, cast(0 as bigint) as tickets,
        -cast(sum(amount) as bigint) as need
    from accelerations
    group by queue_id, mul_div(ticket_no, 1, 32)
),
blocks as (
    select p.queue_id, p.block, p.tickets, p.need, q.pot
    from pieces as p
    inner join pots as q on p.queue_id = q.queue_id
),
sums as (
    select queue_id, block, pot, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from blocks
    group by queue_id, block, pot
    having cast(sum(tickets) as bigint) > 0
)
select
    queue_id, block, pot,
    cast(sum(tickets) over (partition by queue_id order by block) as bigint) - tickets as tickets_earlier,
    cast(sum(need) over (partition by queue_id order by block) as bigint) - need as need_earlier
from sums
