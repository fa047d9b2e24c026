-- grain:   one row per order that grants points today (rules.md section 4.1)
-- reads:   qualified
-- params:  points_grant_bp
-- returns: order_id, seq, member_id, rule_version, units
with grants as (
    select order_id, seq, member_id, rule_version, mul_div(kept, $points_grant_bp, 10000) as units
    from qualified
)
select order_id, seq, member_id, rule_version, units
from grants
where units > 0
