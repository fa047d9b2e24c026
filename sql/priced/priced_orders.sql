-- grain:   one row per order that qualifies today: its share, and the units it grants at the price in use (rules.md
--          section 4.2, grant)
-- reads:   qualified
-- needs:   qualified
-- params:  points_pool_bp, priced_grant_bp, point_price
-- returns: order_id, seq, member_id, merchant_id, rule_version, share, units
select
    order_id, seq, member_id, merchant_id, rule_version, mul_div(kept, $points_pool_bp, 10000) as share,
    case
        when $point_price > 0
            then mul_div(mul_div(kept, $priced_grant_bp, 10000), 100000000, greatest(1, $point_price))
        else 0
    end as units
from qualified
