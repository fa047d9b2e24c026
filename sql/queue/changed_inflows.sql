-- grain:   one row per queue that orders of today pay into: their pots together
-- reads:   queue_orders, queue_numbers
-- needs:   queue_numbers, queue_orders
-- params:  day
-- returns: queue_id, paid_on, amount
with pots as (
    select queue_no, cast(sum(pot) as bigint) as amount
    from queue_orders
    where pot > 0
    group by queue_no
)
select n.queue_id, cast($day as date) as paid_on, p.amount
from pots as p
inner join queue_numbers as n on p.queue_no = n.queue_no
