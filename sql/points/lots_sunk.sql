-- grain:   one row per lot of points that changed today, as it stands at the close, of members whose lots did not all
--          stay whole (rules.md section 4.1, expiry)
-- reads:   lots_falling, lots_expiring, points_granted, points_movements
-- needs:   points_movements, lots_expiring | lots_falling | points_granted
-- params:  day
-- returns: programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, expires_on, expired
-- What sinks is taken from the oldest lot first, those of today last. Lots that were not looked up are younger than
-- all that it takes.
with older as (
    select holder, order_id, granted, "left" as held, opened_on, rule_version, seq, expires_on
    from lots_falling
    where programme = 'points' and status = 'live'
    union
    select holder, order_id, granted, "left" as held, opened_on, rule_version, seq, expires_on
    from lots_expiring
    where programme = 'points' and status = 'live'
),
lots as (
    select holder, order_id, granted, held, held as left_before, opened_on, rule_version, seq, expires_on
    from older
    union all
    select
        g.member_id as holder, g.order_id, g.units as granted, g.units as held, cast(-1 as bigint) as left_before,
        g.opened_on, g.rule_version, g.seq, g.expires_on
    from points_granted as g
    inner join points_movements as m on g.member_id = m.member_id
    where not m.whole
),
running as (
    select
        holder, order_id, granted, held, left_before, opened_on, rule_version, seq, expires_on,
        cast(sum(held) over (partition by holder order by opened_on, seq) as bigint) - held as held_earlier
    from lots
),
remains as (
    select
        r.holder, r.order_id, r.granted, r.left_before, r.opened_on, r.rule_version, r.seq, r.expires_on,
        r.held - least(r.held, greatest(0, m.sinks - r.held_earlier)) as left_now
    from running as r
    inner join points_movements as m on r.holder = m.member_id
),
aged as (
    select
        holder, order_id, granted, left_before, opened_on, rule_version, seq, expires_on,
        case when expires_on <= $day then 0 else left_now end as left_after,
        case when expires_on <= $day then left_now else 0 end as expired
    from remains
)
select
    'points' as programme, holder, order_id, granted, left_after as "left",
    cast(0 as bigint) as received, cast(0 as bigint) as contribution,
    case when left_after = 0 then 'closed' else 'live' end as status,
    opened_on,
    case when left_after = 0 then cast($day as date) else cast(null as date) end as closed_on,
    rule_version, seq, expires_on, expired
from aged
where left_after <> left_before
