-- grain:   one row per waiting ticket of a member to whom an own offer is made, less what direct offers filled
-- reads:   lanes_waiting, own_offers, direct_met
-- params:  -
-- returns: lane, place, amount
with filled as (
    select lane, need_place, cast(sum(amount) as bigint) as amount
    from direct_met
    group by lane, need_place
),
offered as (
    select distinct queue_id, member_id from own_offers
),
waiting as (
    select concat(w.queue_id, '|', w.member_id) as lane, w.ticket_no as place, w.need as amount
    from lanes_waiting as w
    inner join offered as o on w.queue_id = o.queue_id and w.member_id = o.member_id
)
select w.lane, w.place, w.amount - coalesce(f.amount, 0) as amount
from waiting as w
left join filled as f on w.lane = f.lane and w.place = f.need_place
