-- grain:   one row per step of the ladder: how many sponsors stand below it, and the claims of that step that were made
--          today and that want money at the close (rules.md section 5)
-- reads:   ladder, prior_referral_steps, changed_ladder, referral_claims, prior_open_claims, changed_open_claims
-- needs:   ladder
-- params:  referral_ladder_n, referral_ladder_version
-- returns: step, bp, sponsors, referrals, claimed, open_claims, open_fen
with standing as (
    select p.step, p.sponsors
    from prior_referral_steps as p
    left join changed_ladder as c on p.step = c.step
    where c.step is null
    union all
    select step, sponsors from changed_ladder
),
today as (
    select
        ordinal % $referral_ladder_n as step, count(*) as referrals, cast(sum(amount) as bigint) as claimed
    from referral_claims
    group by ordinal % $referral_ladder_n
),
wanting as (
    select o.claim_id, o.ordinal, o.amount - o.received as wanted
    from prior_open_claims as o
    left join changed_open_claims as c on o.claim_id = c.claim_id
    where o.programme = 'referral' and o.status = 'open' and c.claim_id is null
    union all
    select claim_id, ordinal, amount - received as wanted from changed_open_claims where status = 'open'
),
open_claims as (
    select
        ordinal % $referral_ladder_n as step, count(*) as claims, cast(sum(wanted) as bigint) as wanted
    from wanting
    group by ordinal % $referral_ladder_n
)
select
    cast(l.step as bigint) as step, cast(l.bp as bigint) as bp, coalesce(s.sponsors, 0) as sponsors,
    coalesce(t.referrals, 0) as referrals, coalesce(t.claimed, 0) as claimed, coalesce(o.claims, 0) as open_claims,
    coalesce(o.wanted, 0) as open_fen
from ladder as l
left join standing as s on l.step = s.step
left join today as t on l.step = t.step
left join open_claims as o on l.step = o.step
where l.version = $referral_ladder_version
