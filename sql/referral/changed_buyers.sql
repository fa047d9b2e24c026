-- grain:   one row per buyer whose latest live order is another one since today, or is worth another sum
-- reads:   qualified, live_before, prior_buyers
-- params:  day, referral_min_order_fen
-- returns: member_id, order_id, qualify_on, seq, kept, least
with ranked as (
    select
        member_id, order_id, seq, kept,
        row_number() over (partition by member_id order by seq desc) as back
    from qualified
    where kept >= $referral_min_order_fen
),
people as (
    select member_id from live_before
    union
    select member_id from qualified
),
now as (
    select
        p.member_id,
        coalesce(r.order_id, l.order_id, '') as order_id,
        case when r.order_id is not null then cast($day as date) else l.qualify_on end as qualify_on,
        coalesce(r.seq, l.seq, 0) as seq,
        coalesce(r.kept, l.kept, 0) as kept
    from people as p
    left join live_before as l on p.member_id = l.member_id
    left join ranked as r on p.member_id = r.member_id and r.back = 1
)
select n.member_id, n.order_id, n.qualify_on, n.seq, n.kept, cast($referral_min_order_fen as bigint) as least
from now as n
left join prior_buyers as b on n.member_id = b.member_id
where
    b.member_id is null or b.order_id <> n.order_id or b.kept <> n.kept or b.least <> $referral_min_order_fen
