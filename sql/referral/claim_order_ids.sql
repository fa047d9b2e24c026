-- grain:   one row per order that a claim hit by a late refund was made for or based on
-- reads:   claims_before
-- needs:   claims_before
-- params:  -
-- returns: order_id
select order_id from claims_before
union
select base_order_id as order_id from claims_before
