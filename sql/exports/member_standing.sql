-- grain:   one row per member row of today
-- reads:   read_members, prior_members
-- needs:   read_members
-- params:  -
-- returns: at_row, member_id, sponsor_id, joined_at, standing, sponsor_before
with before as (
    select p.member_id, p.sponsor_id
    from prior_members p
    where p.member_id in (
        select member_id from read_members
        union all
        select sponsor_id from read_members
    )
),
placed as (
    select
        at_row, member_id, sponsor_id, joined_at,
        row_number() over (partition by member_id, sponsor_id order by joined_at, at_row) as place,
        min(sponsor_id) over (partition by member_id) as sponsor_low,
        max(sponsor_id) over (partition by member_id) as sponsor_high
    from read_members
)
select
    m.at_row, m.member_id, m.sponsor_id, m.joined_at,
    case
        when b.sponsor_id = m.sponsor_id then 'duplicate'
        when m.place > 1 and b.member_id is not null then 'duplicate'
        -- The first accepted row fixed the sponsor: it is the newcomer that differs, alone or not.
        when b.member_id is not null then 'changed'
        when m.sponsor_low <> m.sponsor_high then 'duplicate_conflict'
        when m.place > 1 then 'duplicate'
        else 'new'
    end as standing,
    case when s.member_id is null then 0 else 1 end as sponsor_before
from placed m
left join before b on b.member_id = m.member_id
left join before s on s.member_id = m.sponsor_id
