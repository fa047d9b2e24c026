-- grain:   one row per waiting ticket of a member to whom a direct offer is made
-- reads:   tickets_waiting, direct_offers
-- params:  -
-- returns: lane, place, amount
select w.lane, w.place, w.amount
from (
    select concat(queue_id, '|', member_id) as lane, ticket_no as place, need as amount
    from tickets_waiting
) as w
where w.lane in (select lane from direct_offers)
