-- grain:   one row per member whose oldest lots of points, those that were found, do not cover what sinks today, and who
--          has more
-- reads:   lots_falling_more, lots_falling, points_movements
-- needs:   lots_falling_more, points_movements
-- params:  -
-- returns: holder
with covered as (
    select holder, cast(sum("left") as bigint) as units
    from lots_falling
    where programme = 'points' and status = 'live'
    group by holder
)
select l.holder
from lots_falling_more as l
inner join points_movements as m on l.holder = m.member_id
left join covered as c on l.holder = c.holder
where coalesce(c.units, 0) < m.sinks
