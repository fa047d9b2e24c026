-- grain:   one row per ticket that received money today
-- reads:   queue_paid
-- params:  -
-- returns: queue_id, ticket_no, amount
select queue_id, ticket_no, cast(sum(amount) as bigint) as amount
from queue_paid
group by queue_id, ticket_no
