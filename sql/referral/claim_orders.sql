-- grain:   one row per order that a claim hit by a late refund was made for or based on, as it stood before today
-- reads:   orders_of_claims
-- needs:   orders_of_claims
-- params:  -
-- returns: order_id, kept
select order_id, total - refunded as kept
from orders_of_claims
