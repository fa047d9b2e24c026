-- grain:   one row per waiting ticket of a lane, less what direct offers filled
-- reads:   direct_needs, direct_met
-- needs:   direct_needs
-- params:  -
-- returns: lane, place, amount
with filled as (
    select lane, need_place, cast(sum(amount) as bigint) as amount
    from direct_met
    group by lane, need_place
)
select n.lane, n.place, n.amount - coalesce(f.amount, 0) as amount
from direct_needs as n
left join filled as f on n.lane = f.lane and n.place = f.need_place
