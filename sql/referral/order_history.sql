-- grain:   one row per earlier live order of the members whose summary no longer tells the latest; kept as of step 4
-- reads:   prior_orders, late_refunds, buyers_standing
-- params:  referral_min_order_fen
-- returns: order_id, member_id, qualify_on, seq, kept
with asked as (
    select member_id from buyers_standing where not sure
),
orders_kept as (
    select o.order_id, o.member_id, o.qualify_on, o.seq, coalesce(r.kept_after, o.total - o.refunded) as kept
    from prior_orders as o
    inner join asked as a on o.member_id = a.member_id
    left join late_refunds as r on o.order_id = r.order_id
    where o.seq > 0
)
select order_id, member_id, qualify_on, seq, kept
from orders_kept
where kept > 0 and kept >= $referral_min_order_fen
