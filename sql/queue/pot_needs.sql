-- grain:   one row per payment of a common pot, placed by turn and ticket number
-- reads:   queue_payments
-- params:  -
-- returns: lane, place, amount, ticket_no
select
    queue_id as lane,
    cast(row_number() over (partition by queue_id order by turn, ticket_no) as bigint) as place,
    amount, ticket_no
from queue_payments
