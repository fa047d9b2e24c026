-- grain:   one row per lot with its part of today's dividend, in money and in vouchers (rules.md section 8)
-- reads:   circular_sharing
-- needs:   circular_sharing
-- params:  circular_unit, circular_cash_bp_today
-- returns: lot_id, holder, order_id, rule_version, paid, cash, vouchers
with paying as (
    select lot_id, holder, order_id, rule_version, least(contribution * $circular_unit, "left") as paid
    from circular_sharing
),
split as (
    select lot_id, holder, order_id, rule_version, paid, mul_div(paid, $circular_cash_bp_today, 10000) as cash
    from paying
    where paid > 0
)
select lot_id, holder, order_id, rule_version, paid, cash, paid - cash as vouchers
from split
