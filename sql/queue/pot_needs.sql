-- grain:   one row per ticket that a common pot pays once, placed by its number
-- reads:   pot_payments
-- needs:   pot_payments
-- params:  -
-- returns: lane, place, amount
select queue_no as lane, ticket_no as place, amount
from pot_payments
