-- grain:   one row per buyer whose latest live order is another one since today, or is worth another sum
-- reads:   qualified, live_before, prior_buyers
-- needs:   live_before | qualified
-- params:  referral_min_order_fen
-- returns: member_id, order_id, qualify_on, seq, kept, least
with latest as (
    select member_id, max(seq) as seq
    from qualified
    where kept >= $referral_min_order_fen
    group by member_id
),
small as (
    select distinct member_id
    from qualified
    where kept < $referral_min_order_fen
),
now as (
    select q.member_id, q.order_id, q.qualify_on, q.seq, q.kept
    from latest as t
    inner join qualified as q on t.seq = q.seq
    union all
    select l.member_id, l.order_id, l.qualify_on, l.seq, l.kept
    from live_before as l
    left join latest as t on l.member_id = t.member_id
    where t.member_id is null
    union all
    select s.member_id, '' as order_id, cast(null as date) as qualify_on, cast(0 as bigint) as seq,
        cast(0 as bigint) as kept
    from small as s
    left join latest as t on s.member_id = t.member_id
    left join live_before as l on s.member_id = l.member_id
    where t.member_id is null and l.member_id is null
)
select n.member_id, n.order_id, n.qualify_on, n.seq, n.kept, cast($referral_min_order_fen as bigint) as least
from now as n
left join prior_buyers as b on n.member_id = b.member_id
where
    b.member_id is null or b.order_id <> n.order_id or b.kept <> n.kept or b.least <> $referral_min_order_fen
