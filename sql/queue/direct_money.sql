-- grain:   one row per direct offer that finds a waiting ticket
-- reads:   direct_offers, lanes_found
-- needs:   direct_offers, lanes_found
-- params:  -
-- returns: lane, place, amount
select f.lane, o.place, o.amount
from direct_offers as o
inner join lanes_found as f on o.queue_no = f.queue_no and o.member_id = f.member_id
