-- grain:   one row per refund row of today; room = fen of its order's total that no earlier day refunded
-- reads:   read_refunds, refunds_asked, orders_before, taken_orders
-- needs:   read_refunds
-- params:  -
-- returns: at_row, refund_id, order_id, amount, refunded_at, room, standing
with placed as (
    select
        read_refunds.*,
        row_number() over (partition by refund_id, order_id, amount, refunded_at order by at_row) as place
    from read_refunds
),
counted as (
    select
        placed.*,
        cast(sum(case when place = 1 then 1 else 0 end) over (partition by refund_id) as bigint) as contents
    from placed
),
rooms as (
    select order_id, total - refunded as room from orders_before
    union all
    select order_id, total as room from taken_orders where order_id in (select order_id from read_refunds)
)
select
    r.at_row, r.refund_id, r.order_id, r.amount, r.refunded_at,
    coalesce(o.room, 0) as room,
    case
        when b.order_id = r.order_id and b.amount = r.amount and b.refunded_at = r.refunded_at then 'duplicate'
        when b.refund_id is not null or r.contents > 1 then 'duplicate_conflict'
        when r.place > 1 then 'duplicate'
        when o.order_id is null then 'unknown_order'
        else ''
    end as standing
from counted r
left join refunds_asked b on b.refund_id = r.refund_id
left join rooms o on o.order_id = r.order_id
