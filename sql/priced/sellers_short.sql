-- grain:   one row per member whose oldest lots, those that were found, hold less than he sells today, and who has more
-- reads:   lots_of_sellers_more, lots_of_sellers, lots_refunded, sellers
-- needs:   lots_of_sellers_more, sellers
-- params:  -
-- returns: holder
with held as (
    select l.holder, cast(sum(coalesce(r."left", l."left")) as bigint) as units
    from lots_of_sellers as l
    left join lots_refunded as r on l.lot_id = r.lot_id
    where l.programme = 'points' and l.status = 'live'
    group by l.holder
)
select s.holder
from lots_of_sellers_more as m
inner join sellers as s on m.holder = s.holder
left join held as h on s.holder = h.holder
where coalesce(h.units, 0) < s.units
