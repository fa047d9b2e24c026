-- grain:   one row per sponsor and cycle that a referral of today joins: what was paid in and claimed before today
-- reads:   referrals_of_sponsors, claims_of_sponsors, claims_refunded, referrals_placed
-- needs:   referrals_of_sponsors, referrals_placed
-- params:  -
-- returns: sponsor_id, cycle, paid_in, claimed
with joined_cycles as (
    select distinct sponsor_id, cycle from referrals_placed where cycle >= 0
),
standing as (
    select
        f.sponsor_id, f.cycle, f.share,
        coalesce(r.amount, c.amount, 0) as amount
    from referrals_of_sponsors as f
    inner join joined_cycles as j on f.sponsor_id = j.sponsor_id and f.cycle = j.cycle
    left join claims_of_sponsors as c on f.order_id = c.order_id and c.programme = 'referral'
    left join claims_refunded as r on c.claim_id = r.claim_id
)
select sponsor_id, cycle, cast(sum(share) as bigint) as paid_in, cast(sum(amount) as bigint) as claimed
from standing
group by sponsor_id, cycle
