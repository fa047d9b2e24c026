-- grain:   one row per lot of green points that an order of today makes, the buyer's and the merchant's
--          (rules.md section 7)
-- reads:   green_orders
-- needs:   green_orders
-- params:  day, green_period
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
with sides as (
    select
        concat('green/', order_id) as lot_id, member_id as holder, order_id, member_green as units, rule_version, seq,
        concession_bp
    from green_orders
    union all
    select
        concat('green/', order_id, '/merchant') as lot_id, concat('merchant/', merchant_id) as holder, order_id,
        merchant_green as units, rule_version, seq, concession_bp
    from green_orders
)
select
    lot_id, 'green' as programme, holder, order_id, units as granted, units as "left", cast(0 as bigint) as received,
    cast(0 as bigint) as contribution, 'live' as status, cast($day as date) as opened_on,
    cast(null as date) as closed_on, rule_version, seq, cast(0 as bigint) as price, cast(0 as bigint) as paid,
    concession_bp, cast($green_period as bigint) as period_in, cast(0 as bigint) as period_out
from sides
where units > 0
