-- grain:   one row: how deep today's rewards were paid, how much money came from recruiting, what was returned after
--          the freeze of its order
-- reads:   reward_sums, late_refunds, takebacks
-- needs:   -
-- params:  -
-- returns: depth, rewarded, recruiting, returned, returned_whole, rewarded_before, taken_back
with paid as (
    select
        max(case when kind in ('fund', 'accelerate') then paid_depth end) as depth,
        cast(sum(amount) as bigint) as rewarded,
        cast(sum(case when programme in ('referral', 'chain') then amount else 0 end) as bigint) as recruiting
    from reward_sums
    where commodity = 'CNY' and kind <> 'clawback'
),
back as (
    select order_id, cast(sum(amount) as bigint) as amount
    from takebacks
    group by order_id
),
refunds as (
    select
        count(*) as returned, cast(sum(case when r.kept_after = 0 then 1 else 0 end) as bigint) as returned_whole,
        cast(sum(case when b.amount > 0 then 1 else 0 end) as bigint) as rewarded_before
    from late_refunds as r
    left join back as b on r.order_id = b.order_id
),
taken as (
    select cast(sum(amount) as bigint) as taken_back from back
)
select
    coalesce(p.depth, 0) as depth, coalesce(p.rewarded, 0) as rewarded, coalesce(p.recruiting, 0) as recruiting,
    r.returned, coalesce(r.returned_whole, 0) as returned_whole, coalesce(r.rewarded_before, 0) as rewarded_before,
    coalesce(t.taken_back, 0) as taken_back
from paid as p
cross join refunds as r
cross join taken as t
