-- grain:   one row per order of an earlier export that a row of today names
-- reads:   orders_asked, prior_pending, order_ids
-- needs:   order_ids | orders_asked, orders_asked | prior_pending
-- params:  day
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version
select
    order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at, rule_version
from orders_asked
union all
-- Its freeze still runs, or ends today.
select
    p.order_id, p.member_id, p.merchant_id, p.completed_at, p.total, p.refunded, p.export_date, p.qualify_on,
    cast(0 as bigint) as seq, cast(0 as bigint) as kept_at, '' as rule_version
from prior_pending p
where p.qualify_on >= $day and p.order_id in (select order_id from order_ids)
