-- grain:   one row per order of today, over its sound lines without doubles
-- reads:   read_orders, order_repeats, order_doubles
-- needs:   read_orders
-- params:  -
-- returns: order_id, lines, member_id, member_high, merchant_id, merchant_high, completed_at, completed_high, total
-- Most orders have one line and need no grouping.
select
    order_id, cast(1 as bigint) as lines, member_id, member_id as member_high, merchant_id,
    merchant_id as merchant_high, completed_at, completed_at as completed_high,
    unit_price * quantity - discount as total
from read_orders
where
    order_id not in (select order_id from order_repeats)
    and at_row not in (select at_row from order_doubles)
union all
select
    order_id,
    count(*) as lines,
    min(member_id) as member_id,
    max(member_id) as member_high,
    min(merchant_id) as merchant_id,
    max(merchant_id) as merchant_high,
    min(completed_at) as completed_at,
    max(completed_at) as completed_high,
    cast(sum(unit_price * quantity - discount) as bigint) as total
from read_orders
where
    order_id in (select order_id from order_repeats)
    and at_row not in (select at_row from order_doubles)
group by order_id
