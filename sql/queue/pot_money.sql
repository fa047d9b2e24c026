-- grain:   one row per piece of money of a queue that pays today, placed in the order in which it goes out
-- reads:   queue_layers, queue_payments
-- params:  -
-- returns: lane, place, amount
select queue_no as lane, place, amount
from queue_layers
where queue_no in (select queue_no from queue_payments)
