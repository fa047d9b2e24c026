-- grain:   one row per qualified order, earlier or of today, of today's buyers and their sponsors; kept as of step 4
-- reads:   prior_orders, late_refunds, qualified, buyers
-- params:  day
-- returns: order_id, member_id, qualify_on, seq, kept
with people as (
    select member_id from buyers
    union
    select sponsor_id as member_id from buyers where sponsor_id <> ''
)
select
    o.order_id, o.member_id, o.qualify_on, o.seq,
    coalesce(r.kept_after, o.total - o.refunded) as kept
from prior_orders as o
inner join people as p on o.member_id = p.member_id
left join late_refunds as r on o.order_id = r.order_id
where o.seq > 0
union all
select order_id, member_id, cast($day as date) as qualify_on, seq, kept
from qualified
