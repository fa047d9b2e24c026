-- grain:   one row per order line of today whose key (order_id, line_no) stands elsewhere too: later in this file
--          with the same content, anywhere in it with other content, or in an earlier export
-- reads:   read_orders, order_repeats, orders_before, lines_before
-- needs:   read_orders, lines_before | order_repeats, order_repeats | orders_before
-- params:  -
-- returns: at_row, order_id, standing
with repeated as (
    select order_id, line_no
    from read_orders
    where order_id in (select order_id from order_repeats)
    group by order_id, line_no
    having count(*) > 1
),
placed as (
    select
        o.at_row, o.order_id, o.line_no,
        row_number() over (
            partition by o.order_id, o.line_no, o.member_id, o.merchant_id, o.product_id, o.product_name, o.unit_price,
                o.quantity, o.discount, o.completed_at
            order by o.at_row
        ) as place
    from read_orders o
    join repeated r on r.order_id = o.order_id and r.line_no = o.line_no
),
counted as (
    select
        at_row, order_id, line_no, place,
        cast(sum(case when place = 1 then 1 else 0 end) over (partition by order_id, line_no) as bigint) as contents
    from placed
),
before as (
    select
        o.at_row, o.order_id, o.line_no,
        case
            when o.member_id = h.member_id and o.merchant_id = h.merchant_id and o.completed_at = h.completed_at
                and o.product_id = l.product_id and o.product_name = l.product_name
                and o.unit_price = l.unit_price and o.quantity = l.quantity and o.discount = l.discount
                then 'duplicate'
            else 'duplicate_conflict'
        end as standing
    from read_orders o
    join orders_before h on h.order_id = o.order_id
    join lines_before l on l.order_id = o.order_id and l.line_no = o.line_no
)
select at_row, order_id, standing
from before
union all
select
    c.at_row, c.order_id, case when c.contents > 1 then 'duplicate_conflict' else 'duplicate' end as standing
from counted c
left join before b on b.at_row = c.at_row
where b.at_row is null and (c.contents > 1 or c.place > 1)
