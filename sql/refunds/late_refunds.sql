-- grain:   one row per qualified order with refunds today, in the order in which they take effect (rules.md section 9)
-- reads:   touched_orders, taken_refunds
-- params:  day
-- returns: order_id, member_id, qualify_on, seq, kept_at, rule_version, kept_before, kept_after, place
with last_refund as (
    select
        order_id, refunded_at, refund_id,
        row_number() over (partition by order_id order by refunded_at desc, refund_id desc) as back
    from taken_refunds
)
select
    t.order_id, t.member_id, t.qualify_on, t.seq, t.kept_at, t.rule_version,
    t.total - t.refunded as kept_before,
    t.total - t.refunded - t.refunded_today as kept_after,
    cast(row_number() over (order by l.refunded_at, l.refund_id) as bigint) as place
from touched_orders as t
inner join last_refund as l on t.order_id = l.order_id and l.back = 1
where t.qualify_on < $day and t.seq > 0
