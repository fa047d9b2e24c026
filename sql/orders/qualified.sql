-- grain:   one row per order that qualifies today, in sequence (rules.md section 2)
-- reads:   touched_orders
-- params:  day, version
-- returns: order_id, seq, member_id, merchant_id, completed_at, total, kept, rule_version
select
    order_id,
    cast(row_number() over (order by completed_at, order_id) as bigint) as seq,
    member_id,
    merchant_id,
    completed_at,
    total,
    total - refunded - refunded_today as kept,
    $version as rule_version
from touched_orders
where qualify_on = $day and member_id <> '' and total - refunded - refunded_today > 0
