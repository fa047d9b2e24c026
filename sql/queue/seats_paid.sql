-- grain:   one row per ticket that the seats pay, with the sum of its turns
-- reads:   seat_payments
-- needs:   seat_payments
-- params:  -
-- returns: queue_no, ticket_no, amount
select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
from seat_payments
group by queue_no, ticket_no
