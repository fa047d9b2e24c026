-- grain:   one row per queue exit row of today
-- reads:   read_exits, exits_asked, orders_before, taken_orders
-- needs:   read_exits
-- params:  -
-- returns: at_row, standing
with placed as (
    select
        read_exits.*,
        row_number() over (partition by exit_id, order_id, requested_at order by at_row) as place
    from read_exits
),
counted as (
    select
        placed.*,
        cast(sum(case when place = 1 then 1 else 0 end) over (partition by exit_id) as bigint) as contents
    from placed
),
known as (
    select order_id from orders_before
    union
    select order_id from taken_orders where order_id in (select order_id from read_exits)
)
select
    r.at_row,
    case
        when b.order_id = r.order_id and b.requested_at = r.requested_at then 'duplicate'
        when b.exit_id is not null or r.contents > 1 then 'duplicate_conflict'
        when r.place > 1 then 'duplicate'
        when k.order_id is null then 'unknown_order'
        else ''
    end as standing
from counted r
left join exits_asked b on b.exit_id = r.exit_id
left join known k on k.order_id = r.order_id
