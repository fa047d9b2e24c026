-- grain:   one row per queue that there is or that an order of today pays into, numbered in the order of the ids, with
--          the last ticket number of the days before
-- reads:   prior_queues, prior_layers, takebacks, queues_of_merchants
-- params:  -
-- returns: queue_no, queue_id, last_no
with queues as (
    select queue_id from prior_queues
    union
    select queue_id from prior_layers
    union
    select holder as queue_id from takebacks where account = 'pool_queue'
    union
    select queue_id from queues_of_merchants
)
select
    cast(row_number() over (order by q.queue_id) as bigint) as queue_no, q.queue_id, coalesce(p.last_no, 0) as last_no
from queues as q
left join prior_queues as p on q.queue_id = p.queue_id
