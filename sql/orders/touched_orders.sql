-- grain:   one row per order that is new, due or refunded today, before today's change
-- reads:   prior_pending, orders_before, taken_orders, taken_refunds
-- needs:   orders_before | prior_pending | taken_orders, prior_pending | taken_orders | taken_refunds
-- params:  day, freeze_days
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version, refunded_today
with refund_sums as (
    select order_id, cast(sum(amount) as bigint) as amount
    from taken_refunds
    group by order_id
),
standing as (
    select
        order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on,
        cast(0 as bigint) as seq, cast(0 as bigint) as kept_at, '' as rule_version
    from prior_pending
    where qualify_on = $day
    union all
    select
        order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
        rule_version
    from orders_before
    -- What is due today stands above; a guest's order never is.
    where (qualify_on <> $day or member_id = '') and order_id in (select order_id from refund_sums)
    union all
    select
        order_id, member_id, merchant_id, completed_at, total,
        cast(0 as bigint) as refunded,
        cast($day as date) as export_date,
        greatest(cast($day as date), cast(completed_at as date) + cast($freeze_days as int)) as qualify_on,
        cast(0 as bigint) as seq,
        cast(0 as bigint) as kept_at,
        '' as rule_version
    from taken_orders
)
select
    s.order_id, s.member_id, s.merchant_id, s.completed_at, s.total, s.refunded, s.export_date, s.qualify_on,
    s.seq, s.kept_at, s.rule_version,
    coalesce(r.amount, 0) as refunded_today
from standing as s
left join refund_sums as r on s.order_id = r.order_id
