-- grain:   one row per piece of money of a queue, placed in the order in which it goes out
-- reads:   queue_layers
-- needs:   queue_layers
-- params:  -
-- returns: lane, place, amount
select queue_no as lane, place, amount
from queue_layers
