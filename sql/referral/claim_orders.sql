-- grain:   one row per order that a claim hit by a late refund was made for or based on, as it stood before today
-- reads:   claims_hit, prior_claims, prior_orders
-- params:  -
-- returns: order_id, kept
with named as (
    select c.order_id, c.base_order_id
    from prior_claims as c
    where c.claim_id in (select claim_id from claims_hit)
)
select order_id, total - refunded as kept
from prior_orders
where order_id in (
    select order_id from named
    union all
    select base_order_id as order_id from named
)
