-- grain:   one row per order of an earlier export that a row of today names
-- reads:   prior_orders, read_orders, read_refunds, read_exits
-- params:  -
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded
select p.order_id, p.member_id, p.merchant_id, p.completed_at, p.total, p.refunded
from prior_orders p
where p.order_id in (
    select order_id from read_orders
    union all
    select order_id from read_refunds
    union all
    select order_id from read_exits
)
