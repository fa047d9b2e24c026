-- grain:   one row per step of the ladder at which today changed who stands there: sponsors with so many live referrals
--          in the first cycle that is not complete, and the complete cycles of these sponsors with what they left over
--          (rules.md section 5.3)
-- reads:   referrals_of_sponsors, claims_of_sponsors, changed_referrals, changed_claims, prior_referral_steps
-- needs:   changed_referrals | referrals_of_sponsors
-- params:  referral_ladder_n
-- returns: step, sponsors, cycles, left_over
with standing as (
    select
        cast(-1 as bigint) as side, f.sponsor_id, f.order_id, f.cycle, f.share, f.status, coalesce(c.amount, 0) as amount
    from referrals_of_sponsors as f
    left join claims_of_sponsors as c on f.order_id = c.order_id and c.programme = 'referral'
    union all
    select
        cast(1 as bigint) as side, f.sponsor_id, f.order_id, f.cycle, f.share, coalesce(r.status, f.status) as status,
        coalesce(n.amount, c.amount, 0) as amount
    from referrals_of_sponsors as f
    left join changed_referrals as r on f.order_id = r.order_id
    left join claims_of_sponsors as c on f.order_id = c.order_id and c.programme = 'referral'
    left join changed_claims as n on f.order_id = n.order_id
    union all
    select
        cast(1 as bigint) as side, r.sponsor_id, r.order_id, r.cycle, r.share, r.status,
        coalesce(n.amount, 0) as amount
    from changed_referrals as r
    left join changed_claims as n on r.order_id = n.order_id
    where r.status = 'live'
),
cycles as (
    select
        side, sponsor_id, cycle, case when cycle < 0 then order_id else '' end as own,
        cast(sum(case when status = 'live' then 1 else 0 end) as bigint) as live,
        cast(sum(share) as bigint) - cast(sum(amount) as bigint) as left_over
    from standing
    group by side, sponsor_id, cycle, case when cycle < 0 then order_id else '' end
),
-- The next referral of a sponsor takes a place in the first cycle that has one free. A flat one is complete by itself.
opens as (
    select side, sponsor_id, min(cycle) as open_cycle
    from cycles
    where cycle >= 0 and live < $referral_ladder_n
    group by side, sponsor_id
),
ranked as (
    select
        c.side, c.sponsor_id, c.cycle, c.live, c.left_over, c.live >= $referral_ladder_n or c.cycle < 0 as complete,
        o.open_cycle
    from cycles as c
    left join opens as o on c.side = o.side and c.sponsor_id = o.sponsor_id
),
sponsors as (
    select
        side, sponsor_id,
        cast(sum(case when cycle = open_cycle then live else 0 end) as bigint) as step,
        cast(sum(case when complete and cycle >= 0 then 1 else 0 end) as bigint) as cycles,
        cast(sum(case when complete then left_over else 0 end) as bigint) as left_over
    from ranked
    group by side, sponsor_id
),
moves as (
    select step, side as sponsors, side * cycles as cycles, side * left_over as left_over from sponsors
),
sums as (
    select
        step, cast(sum(sponsors) as bigint) as sponsors, cast(sum(cycles) as bigint) as cycles,
        cast(sum(left_over) as bigint) as left_over
    from moves
    group by step
)
select
    s.step, s.sponsors + coalesce(p.sponsors, 0) as sponsors, s.cycles + coalesce(p.cycles, 0) as cycles,
    s.left_over + coalesce(p.left_over, 0) as left_over
from sums as s
left join prior_referral_steps as p on s.step = p.step
where s.sponsors <> 0 or s.cycles <> 0 or s.left_over <> 0
