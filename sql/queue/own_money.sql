-- grain:   one row per own offer that finds a waiting ticket
-- reads:   own_offers, lanes_found
-- needs:   lanes_found, own_offers
-- params:  -
-- returns: lane, place, amount
select f.lane, o.place, o.amount
from own_offers as o
inner join lanes_found as f on o.queue_no = f.queue_no and o.member_id = f.member_id
