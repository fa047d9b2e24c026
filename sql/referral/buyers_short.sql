-- grain:   one row per member of whom no live order was found among his youngest ones, and who has more
-- reads:   orders_of_unsure_more, orders_of_unsure, late_refunds
-- needs:   orders_of_unsure_more
-- params:  referral_min_order_fen
-- returns: member_id
with live as (
    select distinct o.member_id
    from orders_of_unsure as o
    left join late_refunds as r on o.order_id = r.order_id
    where
        o.seq > 0 and coalesce(r.kept_after, o.total - o.refunded) > 0
        and coalesce(r.kept_after, o.total - o.refunded) >= $referral_min_order_fen
)
select m.member_id
from orders_of_unsure_more as m
left join live as l on m.member_id = l.member_id
where l.member_id is null
