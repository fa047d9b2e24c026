-- grain:   one row per order that is new, due or refunded today, before today's change
-- reads:   prior_orders, prior_due, taken_orders, taken_refunds
-- params:  day, freeze_days
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version, refunded_today
with refund_sums as (
    select order_id, cast(sum(amount) as bigint) as amount
    from taken_refunds
    group by order_id
),
asked as (
    select order_id from prior_due where qualify_on = $day
    union
    select order_id from refund_sums
),
standing as (
    select
        o.order_id, o.member_id, o.merchant_id, o.completed_at, o.total, o.refunded, o.export_date, o.qualify_on,
        o.seq, o.kept_at, o.rule_version
    from prior_orders as o
    inner join asked as a on o.order_id = a.order_id
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
