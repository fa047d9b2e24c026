-- grain:   one row per lot of green points of a late-refunded order that becomes smaller (rules.md section 7)
-- reads:   green_lots_hit, late_refunds, versions
-- needs:   green_lots_hit, late_refunds, versions
-- params:  -
-- returns: lot_id, place, lot_no, size_before, size_after, rule_version, period_in, period_out
-- The formulas of its grant with what is kept now; an ended lot has no GREEN, but its size still says what it had a
-- right to.
with sides as (
    select
        l.lot_id, r.place, r.kept_before, r.kept_after, l.concession_bp, l.rule_version, l.period_in, l.period_out,
        case when substr(l.holder, 1, 9) = 'merchant/' then 1 else 0 end as lot_no,
        case
            when substr(l.holder, 1, 9) = 'merchant/' then v.green_merchant_factor_bp
            else v.green_user_factor_bp
        end as factor_bp
    from green_lots_hit as l
    inner join late_refunds as r on l.order_id = r.order_id
    inner join versions as v on l.rule_version = v.version
    where l.programme = 'green'
),
sizes as (
    select
        lot_id, place, lot_no, rule_version, period_in, period_out,
        mul_div(mul_div(kept_before, concession_bp, 10000), factor_bp, 10000) as size_before,
        mul_div(mul_div(kept_after, concession_bp, 10000), factor_bp, 10000) as size_after
    from sides
)
select lot_id, place, lot_no, size_before, size_after, rule_version, period_in, period_out
from sizes
where size_after < size_before
