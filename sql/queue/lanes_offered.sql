-- grain:   one row per queue and member to whom an offer is made
-- reads:   direct_offers, own_offers, queue_numbers
-- needs:   queue_numbers, direct_offers | own_offers
-- params:  -
-- returns: lane
with lanes as (
    select queue_no, member_id from direct_offers
    union
    select queue_no, member_id from own_offers
)
select concat(n.queue_id, '|', l.member_id) as lane
from lanes as l
inner join queue_numbers as n on l.queue_no = n.queue_no
