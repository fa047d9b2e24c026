-- grain:   one row per qualified order with refunds today, in the order in which they take effect (rules.md section 9)
-- reads:   touched_orders, taken_refunds
-- needs:   taken_refunds, touched_orders
-- params:  day
-- returns: order_id, member_id, qualify_on, seq, kept_at, rule_version, kept_before, kept_after, place
with last_refund as (
    select
        order_id, refunded_at, refund_id,
        row_number() over (partition by order_id order by refunded_at desc, refund_id desc) as back
    from taken_refunds
),
late as (
    select
        t.order_id, t.member_id, t.qualify_on, t.seq, t.kept_at, t.rule_version,
        t.total - t.refunded as kept_before,
        t.total - t.refunded - t.refunded_today as kept_after,
        l.refunded_at, l.refund_id
    from touched_orders as t
    inner join last_refund as l on t.order_id = l.order_id and l.back = 1
    where t.qualify_on < $day and t.seq > 0
),
-- The places in two levels, moments and the orders of each, so that no one sort holds all.
moments as (
    select refunded_at, count(*) as orders
    from late
    group by refunded_at
),
starts as (
    select refunded_at, cast(sum(orders) over (order by refunded_at) as bigint) - orders as earlier
    from moments
)
select
    l.order_id, l.member_id, l.qualify_on, l.seq, l.kept_at, l.rule_version, l.kept_before, l.kept_after,
    cast(s.earlier + row_number() over (partition by l.refunded_at order by l.refund_id) as bigint) as place
from late as l
inner join starts as s on l.refunded_at = s.refunded_at
