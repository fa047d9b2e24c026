-- grain:   one row per lot of points that changed today, as it stands at the close, of members whose lots did not all
--          stay whole (rules.md section 4.1, expiry)
-- reads:   lots_falling, points_granted, points_movements
-- params:  day
-- returns: programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, expires_on, expired
with lots as (
    select
        l.holder, l.order_id, l.granted, l."left" as left_before, l.opened_on, l.rule_version, l.seq, l.expires_on
    from lots_falling as l
    inner join points_movements as m on l.holder = m.member_id
    where l.programme = 'points' and l.status = 'live'
    union all
    select
        g.member_id as holder, g.order_id, g.units as granted,
        cast(-1 as bigint) as left_before, g.opened_on, g.rule_version, g.seq, g.expires_on
    from points_granted as g
    inner join points_movements as m on g.member_id = m.member_id
    where not m.whole
),
newer as (
    select
        l.holder, l.order_id, l.granted, l.left_before, l.opened_on, l.rule_version, l.seq, l.expires_on,
        greatest(0, m.balance) as balance,
        cast(
            sum(l.granted) over (partition by l.holder order by l.opened_on desc, l.seq desc) as bigint
        ) - l.granted as later
    from lots as l
    inner join points_movements as m on l.holder = m.member_id
),
remains as (
    select
        holder, order_id, granted, left_before, opened_on, rule_version, seq, expires_on,
        greatest(0, least(granted, balance - later)) as left_now
    from newer
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
