-- grain:   one row per lot with its part of today's dividend, in money and in vouchers (rules.md section 8)
-- reads:   circular_sharing, circular_pool
-- params:  circular_cash_bp_today
-- returns: lot_id, holder, order_id, rule_version, paid, cash, vouchers
with units as (
    select p.amount // cast(sum(s.contribution) as bigint) as unit
    from circular_pool as p
    cross join circular_sharing as s
    group by p.amount
),
paying as (
    select s.lot_id, s.holder, s.order_id, s.rule_version, least(s.contribution * u.unit, s."left") as paid
    from circular_sharing as s
    cross join units as u
),
split as (
    select lot_id, holder, order_id, rule_version, paid, mul_div(paid, $circular_cash_bp_today, 10000) as cash
    from paying
    where paid > 0
)
select lot_id, holder, order_id, rule_version, paid, cash, paid - cash as vouchers
from split
