-- grain:   one row per order of today whose buyer has a sponsor and that may be a referral, with what 5.1 asks of both
-- reads:   qualified, buyers, live_before
-- needs:   buyers, qualified
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
-- Each of today's live orders of the sponsors is the latest up to the next one. They are few of each sponsor, so those
-- who ask are joined to them: however many ask one sponsor, they are not put in order.
latest as (
    select
        member_id, order_id, kept, seq as since,
        lead(seq) over (partition by member_id order by seq) as until
    from qualified
    where kept >= $referral_min_order_fen and member_id in (select sponsor_id from asking)
)
select
    a.order_id, a.seq, a.member_id, a.sponsor_id, a.kept, a.is_first,
    coalesce(l.order_id, b.order_id, '') as base_order_id,
    coalesce(l.kept, b.kept, 0) as base_kept
from asking as a
left join latest as l on a.sponsor_id = l.member_id and a.seq > l.since and (l.until is null or a.seq < l.until)
left join live_before as b on a.sponsor_id = b.member_id
