-- grain:   one row per order that qualifies today, in sequence (rules.md section 2)
-- reads:   touched_orders
-- needs:   touched_orders
-- params:  day, version
-- returns: order_id, seq, member_id, merchant_id, completed_at, total, kept, rule_version, export_date, qualify_on
with ready as (
    select
        order_id, member_id, merchant_id, completed_at, total, total - refunded - refunded_today as kept, export_date,
        qualify_on
    from touched_orders
    where qualify_on = $day and member_id <> '' and total - refunded - refunded_today > 0
),
-- The sequence in two levels, moments and the orders of each, so that no one sort holds all orders.
moments as (
    select completed_at, count(*) as orders
    from ready
    group by completed_at
),
starts as (
    select completed_at, cast(sum(orders) over (order by completed_at) as bigint) - orders as earlier
    from moments
)
select
    r.order_id,
    cast(s.earlier + row_number() over (partition by r.completed_at order by r.order_id) as bigint) as seq,
    r.member_id, r.merchant_id, r.completed_at, r.total, r.kept,
    $version as rule_version,
    r.export_date, r.qualify_on
from ready as r
inner join starts as s on r.completed_at = s.completed_at
-- What is made from them later then lies in this order or near it.
order by seq
