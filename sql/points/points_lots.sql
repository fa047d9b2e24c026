-- grain:   one row per lot of points that changed today, as it stands at the close (rules.md section 4.1)
-- reads:   lots_sunk, points_granted, points_movements
-- needs:   lots_sunk | points_granted, lots_sunk | points_movements
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, expires_on
select
    concat(programme, '/', order_id) as lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, expires_on
from lots_sunk
union all
select
    concat('points/', g.order_id) as lot_id, 'points' as programme, g.member_id as holder, g.order_id,
    g.units as granted, g.units as "left", cast(0 as bigint) as received, cast(0 as bigint) as contribution,
    'live' as status, g.opened_on, cast(null as date) as closed_on, g.rule_version, g.seq, g.expires_on
from points_granted as g
inner join points_movements as m on g.member_id = m.member_id
where m.whole
