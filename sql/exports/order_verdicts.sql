-- grain:   one row per order of today; an empty reason takes the order
-- reads:   order_heads, broken_orders, orders_before, members_known, merchants_known
-- needs:   order_heads
-- params:  oldest, max_order_fen
-- returns: order_id, reason
select
    h.order_id,
    case
        when h.total > $max_order_fen then 'bad_money'
        when h.member_id <> h.member_high or h.merchant_id <> h.merchant_high or h.completed_at <> h.completed_high
            then 'mixed_order'
        when b.order_id is not null then 'order_incomplete'
        when p.order_id is not null then 'late_line'
        when h.completed_at < cast($oldest as timestamp) then 'too_late'
        when h.member_id <> '' and m.member_id is null then 'unknown_member'
        when s.merchant_id is null then 'unknown_merchant'
        when h.total <= 0 then 'nonpositive_total'
        else ''
    end as reason
from order_heads h
left join broken_orders b on b.order_id = h.order_id
left join orders_before p on p.order_id = h.order_id
left join members_known m on m.member_id = h.member_id
left join merchants_known s on s.merchant_id = h.merchant_id
