-- grain:   one row: what pool_green holds when a period ends (rules.md section 7)
-- reads:   prior_balances, vouchers_back, green_orders
-- needs:   -
-- params:  -
-- returns: amount
with parts as (
    select balance as amount from prior_balances where account = 'pool_green'
    union all
    select money as amount from vouchers_back where pool = 'pool_green'
    union all
    select pool as amount from green_orders
)
select coalesce(cast(sum(amount) as bigint), 0) as amount
from parts
