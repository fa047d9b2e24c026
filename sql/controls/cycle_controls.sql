-- grain:   one row per control of referrals: how many break it (rules.md section 11.7)
-- reads:   reward_sums, referral_claims, cycle_sums, versions
-- needs:   -
-- params:  max_paid_depth
-- returns: name, expected, found
with cycles as (
    select
        sponsor_id, cycle, case when cycle < 0 then order_id else '' end as own,
        cast(sum(share) as bigint) as paid_in, cast(sum(amount) as bigint) as claimed
    from referral_claims
    group by sponsor_id, cycle, case when cycle < 0 then order_id else '' end
),
overdrawn as (
    select c.sponsor_id
    from cycles as c
    left join cycle_sums as s on c.sponsor_id = s.sponsor_id and c.cycle = s.cycle
    where c.claimed > 0 and c.claimed + coalesce(s.claimed, 0) > c.paid_in + coalesce(s.paid_in, 0)
)
select
    '7 rewards paid deeper than max_paid_depth' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(r.changes) as bigint), 0) as found
from reward_sums as r
inner join versions as v on r.rule_version = v.version
where
    r.commodity = 'CNY'
    -- A claim is paid by the version it was made under; an acceleration is offered by an order of today.
    and (
        (r.kind = 'fund' and r.paid_depth > v.max_paid_depth)
        or (r.kind = 'accelerate' and r.paid_depth > $max_paid_depth)
    )
union all
select
    '7 cycles that claim more than they paid in' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from overdrawn
