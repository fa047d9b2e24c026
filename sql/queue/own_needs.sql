-- grain:   one row per waiting ticket of a member to whom an own offer is made, less what direct offers filled
-- reads:   tickets_waiting, own_offers, direct_met
-- params:  -
-- returns: lane, place, amount
with filled as (
    select lane, need_place, cast(sum(amount) as bigint) as amount
    from direct_met
    group by lane, need_place
),
waiting as (
    select concat(queue_id, '|', member_id) as lane, ticket_no as place, need as amount
    from tickets_waiting
)
select w.lane, w.place, w.amount - coalesce(f.amount, 0) as amount
from waiting as w
left join filled as f on w.lane = f.lane and w.place = f.need_place
where w.lane in (select lane from own_offers)
