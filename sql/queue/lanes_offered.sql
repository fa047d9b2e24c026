-- grain:   one row per queue and member to whom an offer is made
-- reads:   direct_offers, own_offers
-- params:  -
-- returns: lane
select concat(queue_id, '|', member_id) as lane from direct_offers
union
select concat(queue_id, '|', member_id) as lane from own_offers
