-- grain:   one row per earlier live order of the members whose summary no longer tells the latest; kept as of step 4
-- reads:   orders_of_unsure, late_refunds
-- needs:   orders_of_unsure
-- params:  referral_min_order_fen
-- returns: order_id, member_id, qualify_on, seq, kept
with orders_kept as (
    select o.order_id, o.member_id, o.qualify_on, o.seq, coalesce(r.kept_after, o.total - o.refunded) as kept
    from orders_of_unsure as o
    left join late_refunds as r on o.order_id = r.order_id
    where o.seq > 0
)
select order_id, member_id, qualify_on, seq, kept
from orders_kept
where kept > 0 and kept >= $referral_min_order_fen
