-- grain:   one row: what pool_referral holds when claims are paid (rules.md section 5.3)
-- reads:   prior_balances, takebacks, referral_claims
-- needs:   -
-- params:  -
-- returns: amount
with parts as (
    select balance as amount from prior_balances where account = 'pool_referral'
    union all
    select covered as amount from takebacks where account = 'pool_referral'
    union all
    select share as amount from referral_claims
)
select coalesce(cast(sum(amount) as bigint), 0) as amount
from parts
