-- grain:   one row: what pool_chain holds when claims are paid (rules.md section 5.3)
-- reads:   prior_balances, takebacks, chain_joined
-- needs:   -
-- params:  -
-- returns: amount
with parts as (
    select balance as amount from prior_balances where account = 'pool_chain'
    union all
    select covered as amount from takebacks where account = 'pool_chain'
    union all
    select contribution as amount from chain_joined
)
select coalesce(cast(sum(amount) as bigint), 0) as amount
from parts
