-- grain:   one row per direct offer that finds a waiting ticket; a lane is a queue and a member
-- reads:   direct_offers, direct_needs
-- params:  -
-- returns: lane, place, amount
select concat(queue_id, '|', member_id) as lane, place, amount
from direct_offers
where concat(queue_id, '|', member_id) in (select lane from direct_needs)
