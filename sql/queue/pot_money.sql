-- grain:   one row per piece of money of a queue that pays today, placed in the order in which it goes out
-- reads:   queue_layers, queue_payments
-- params:  -
-- returns: lane, place, amount, paid_on, seq, order_id
select
    queue_id as lane,
    cast(row_number() over (partition by queue_id order by paid_on, seq) as bigint) as place,
    amount, paid_on, seq, order_id
from queue_layers
where queue_id in (select queue_id from queue_payments)
