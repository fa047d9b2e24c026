-- grain:   one row per order of today that offers part of its pot to its sponsor's tickets (rules.md section 6.3.1)
-- reads:   queue_orders, prior_members, taken_members
-- params:  queue_direct_bp
-- returns: lane, place, amount
with known as (
    select member_id, sponsor_id from prior_members
    union all
    select member_id, sponsor_id from taken_members
)
select
    concat(o.queue_id, '|', k.sponsor_id) as lane, o.seq as place,
    mul_div(o.pot, $queue_direct_bp, 10000) as amount
from queue_orders as o
inner join known as k on o.member_id = k.member_id
where k.sponsor_id <> '' and mul_div(o.pot, $queue_direct_bp, 10000) > 0
