-- grain:   one row per queue that there is or that an order of today pays into, numbered for today without gaps, with
--          the last ticket number of the days before
-- reads:   prior_queues, prior_layers, takebacks, queues_of_merchants
-- needs:   prior_layers | prior_queues | queues_of_merchants | takebacks
-- params:  -
-- returns: queue_no, queue_id, last_no
-- Numbered in two levels, blocks of hashes and the queues of each, so that no one sort holds all.
with queues as (
    select queue_id from prior_queues
    union
    select queue_id from prior_layers
    union
    select holder as queue_id from takebacks where account = 'pool_queue'
    union
    select queue_id from queues_of_merchants
),
hashed as (
    select queue_id, substr(md5(queue_id), 1, 3) as block from queues
),
blocks as (
    select block, count(*) as queues
    from hashed
    group by block
),
starts as (
    select block, cast(sum(queues) over (order by block) as bigint) - queues as earlier
    from blocks
)
select
    cast(s.earlier + row_number() over (partition by s.block order by q.queue_id) as bigint) as queue_no, q.queue_id,
    coalesce(p.last_no, 0) as last_no
from hashed as q
inner join starts as s on q.block = s.block
left join prior_queues as p on q.queue_id = p.queue_id
