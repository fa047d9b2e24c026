-- grain:   one row per queue with money in its common pot today
-- reads:   queue_layers
-- needs:   queue_layers
-- params:  -
-- returns: queue_no, pot
select queue_no, cast(sum(amount) as bigint) as pot
from queue_layers
group by queue_no
