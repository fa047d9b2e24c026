-- grain:   one row per order of today whose buyer has a sponsor and that may be a referral, with what 5.1 asks of both
-- reads:   qualified, buyers, live_before
-- params:  referral_min_order_fen, referral_repeat_invitee
-- returns: order_id, seq, member_id, sponsor_id, kept, is_first, base_order_id, base_kept
with turns as (
    select order_id, seq, member_id, kept, row_number() over (partition by member_id order by seq) as turn
    from qualified
    where member_id in (select member_id from buyers where sponsor_id <> '')
),
asking as (
    select t.order_id, t.seq, t.member_id, b.sponsor_id, t.kept, t.turn = 1 and l.member_id is null as is_first
    from turns as t
    inner join buyers as b on t.member_id = b.member_id
    left join live_before as l on t.member_id = l.member_id
    where
        b.sponsor_id <> '' and b.sponsor_id <> t.member_id
        and (t.turn = 1 and l.member_id is null or $referral_repeat_invitee)
),
-- Today's live orders of the sponsors and the referrals that ask for the latest of them, on one time line.
time_line as (
    select
        sponsor_id, seq, order_id as asking_id, cast(null as varchar) as live_id, cast(null as bigint) as live_kept
    from asking
    union all
    select
        member_id as sponsor_id, seq, cast(null as varchar) as asking_id, order_id as live_id, kept as live_kept
    from qualified
    where kept >= $referral_min_order_fen and member_id in (select sponsor_id from asking)
),
latest as (
    select
        asking_id,
        last_value(live_id ignore nulls) over (
            partition by sponsor_id order by seq rows between unbounded preceding and current row
        ) as order_id,
        last_value(live_kept ignore nulls) over (
            partition by sponsor_id order by seq rows between unbounded preceding and current row
        ) as kept
    from time_line
)
select
    a.order_id, a.seq, a.member_id, a.sponsor_id, a.kept, a.is_first,
    coalesce(l.order_id, b.order_id, '') as base_order_id,
    coalesce(l.kept, b.kept, 0) as base_kept
from asking as a
inner join latest as l on a.order_id = l.asking_id
left join live_before as b on a.sponsor_id = b.member_id
