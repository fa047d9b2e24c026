-- grain:   one row per sponsor and cycle that a referral of today joins: what was paid in and claimed before today
-- reads:   prior_referrals, prior_claims, claims_refunded, referrals_placed
-- params:  -
-- returns: sponsor_id, cycle, paid_in, claimed
with joined_cycles as (
    select distinct sponsor_id, cycle from referrals_placed where cycle >= 0
),
standing as (
    select
        f.sponsor_id, f.cycle, f.share,
        coalesce(r.amount, c.amount, 0) as amount
    from prior_referrals as f
    inner join joined_cycles as j on f.sponsor_id = j.sponsor_id and f.cycle = j.cycle
    left join prior_claims as c on concat('referral/', f.order_id) = c.claim_id
    left join claims_refunded as r on c.claim_id = r.claim_id
)
select sponsor_id, cycle, cast(sum(share) as bigint) as paid_in, cast(sum(amount) as bigint) as claimed
from standing
group by sponsor_id, cycle
