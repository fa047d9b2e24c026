-- grain:   one row per own offer that finds a waiting ticket; a lane is a queue and a member
-- reads:   own_offers, own_needs
-- params:  -
-- returns: lane, place, amount
select concat(queue_id, '|', member_id) as lane, place, amount
from own_offers
where concat(queue_id, '|', member_id) in (select lane from own_needs)
