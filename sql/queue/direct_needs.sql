-- grain:   one row per waiting ticket of a member to whom a direct offer is made; a lane is a queue and a member
-- reads:   lanes_waiting, direct_offers
-- params:  -
-- returns: lane, place, amount
with offered as (
    select distinct queue_id, member_id from direct_offers
)
select concat(w.queue_id, '|', w.member_id) as lane, w.ticket_no as place, w.need as amount
from lanes_waiting as w
inner join offered as o on w.queue_id = o.queue_id and w.member_id = o.member_id
