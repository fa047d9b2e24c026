-- grain:   one row per queue that the report lists one by one: those that need most, the one that needs most first
-- reads:   queues_waiting
-- needs:   queues_waiting
-- params:  queues_listed
-- returns: place, queue_id, tickets, need, name
with listed as (
    select queue_id, tickets, need, name
    from queues_waiting
    order by need desc, queue_id
    limit $queues_listed
)
select
    cast(row_number() over (order by need desc, queue_id) as bigint) as place, queue_id, tickets, need, name
from listed
