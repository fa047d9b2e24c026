-- grain:   one row per queue in which tickets wait at the close: how many, what they need, and the block of 32 numbers
--          with the first of them
-- reads:   prior_blocks, changed_blocks
-- needs:   changed_blocks | prior_blocks
-- params:  -
-- returns: queue_id, tickets, need, name
with blocks as (
    select b.queue_id, b.block, b.tickets, b.need
    from prior_blocks as b
    left join changed_blocks as c on b.queue_id = c.queue_id and b.block = c.block
    where c.block is null and b.tickets > 0
    union all
    select queue_id, block, tickets, need from changed_blocks where tickets > 0
),
sums as (
    select
        queue_id, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need, min(block) as first_block
    from blocks
    group by queue_id
)
select queue_id, tickets, need, concat(queue_id, '|', cast(first_block as varchar)) as name
from sums
