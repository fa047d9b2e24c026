-- grain:   one row per late-refunded order whose grant shrinks (rules.md section 9, points fixed)
-- reads:   late_refunds, versions
-- needs:   late_refunds, versions
-- params:  -
-- returns: member_id, order_id, rule_version, units
with differences as (
    select
        r.member_id, r.order_id, r.rule_version,
        mul_div(r.kept_before, v.points_grant_bp, 10000) - mul_div(r.kept_after, v.points_grant_bp, 10000) as units
    from late_refunds as r
    inner join versions as v on r.rule_version = v.version
    where v.points_enabled and v.points_mode = 'fixed'
)
select member_id, order_id, rule_version, units
from differences
where units > 0
