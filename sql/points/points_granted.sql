-- grain:   one row per order that grants points today (rules.md section 4.1)
-- reads:   qualified
-- needs:   qualified
-- params:  day, expires_on, points_fixed_bp
-- returns: order_id, seq, member_id, rule_version, units, opened_on, expires_on
with grants as (
    select order_id, seq, member_id, rule_version, mul_div(kept, $points_fixed_bp, 10000) as units
    from qualified
)
select
    order_id, seq, member_id, rule_version, units, cast($day as date) as opened_on,
    cast($expires_on as date) as expires_on
from grants
where units > 0
