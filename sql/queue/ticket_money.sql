-- grain:   one row per ticket and kind of payment today, summed over the orders whose money it was
-- reads:   pot_paid, accelerations
-- params:  -
-- returns: queue_no, ticket_no, kind, amount
select queue_no, ticket_no, 'fund' as kind, cast(sum(amount) as bigint) as amount
from pot_paid
group by queue_no, ticket_no
union all
select queue_no, ticket_no, 'accelerate' as kind, cast(sum(amount) as bigint) as amount
from accelerations
group by queue_no, ticket_no
