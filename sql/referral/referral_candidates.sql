-- grain:   one row per order of today whose buyer has a sponsor, with what 5.1 asks of both
-- reads:   qualified, buyers, order_history
-- params:  day, referral_min_order_fen
-- returns: order_id, seq, member_id, sponsor_id, kept, is_first, base_order_id, base_kept
with firsts as (
    select order_id, row_number() over (partition by member_id order by qualify_on, seq) as turn
    from order_history
),
asking as (
    select q.order_id, q.seq, q.member_id, b.sponsor_id, q.kept
    from qualified as q
    inner join buyers as b on q.member_id = b.member_id
    where b.sponsor_id <> '' and b.sponsor_id <> q.member_id
),
-- A sponsor's live orders and the referrals that ask for the latest of them, on one time line.
time_line as (
    select
        a.sponsor_id, cast($day as date) as qualify_on, a.seq, a.order_id as asking_id,
        cast(null as varchar) as live_id, cast(null as bigint) as live_kept
    from asking as a
    union all
    select
        h.member_id as sponsor_id, h.qualify_on, h.seq, cast(null as varchar) as asking_id,
        h.order_id as live_id, h.kept as live_kept
    from order_history as h
    where h.kept > 0 and h.kept >= $referral_min_order_fen
),
latest as (
    select
        asking_id,
        last_value(live_id ignore nulls) over (
            partition by sponsor_id order by qualify_on, seq rows between unbounded preceding and current row
        ) as base_order_id,
        last_value(live_kept ignore nulls) over (
            partition by sponsor_id order by qualify_on, seq rows between unbounded preceding and current row
        ) as base_kept
    from time_line
)
select
    a.order_id, a.seq, a.member_id, a.sponsor_id, a.kept,
    f.turn = 1 as is_first,
    coalesce(l.base_order_id, '') as base_order_id,
    coalesce(l.base_kept, 0) as base_kept
from asking as a
inner join firsts as f on a.order_id = f.order_id
inner join latest as l on a.order_id = l.asking_id
