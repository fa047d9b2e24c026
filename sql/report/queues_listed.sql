-- grain:   one row per queue that the report lists one by one: those that need most
-- reads:   queues_waiting
-- params:  queues_listed
-- returns: place, queue_id, tickets, need, name
select place, queue_id, tickets, need, name from queues_waiting where place <= $queues_listed
