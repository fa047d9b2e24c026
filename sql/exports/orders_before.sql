-- grain:   one row per order of an earlier export that a row of today names
-- reads:   prior_orders, prior_pending, read_orders, read_refunds, read_exits
-- params:  day
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version
with asked as (
    select order_id from read_orders
    union all
    select order_id from read_refunds
    union all
    select order_id from read_exits
)
select
    p.order_id, p.member_id, p.merchant_id, p.completed_at, p.total, p.refunded, p.export_date, p.qualify_on, p.seq,
    p.kept_at, p.rule_version
from prior_orders p
where p.order_id in (select order_id from asked)
union all
-- Its freeze still runs, or ends today.
select
    p.order_id, p.member_id, p.merchant_id, p.completed_at, p.total, p.refunded, p.export_date, p.qualify_on,
    cast(0 as bigint) as seq, cast(0 as bigint) as kept_at, '' as rule_version
from prior_pending p
where p.qualify_on >= $day and p.order_id in (select order_id from asked)
