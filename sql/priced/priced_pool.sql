-- grain:   one row: what pool_points holds when a strike is taken (rules.md section 4.2)
-- reads:   prior_balances, takebacks, sales, priced_orders
-- needs:   -
-- params:  -
-- returns: amount
with parts as (
    select balance as amount from prior_balances where account = 'pool_points'
    union all
    select covered as amount from takebacks where account = 'pool_points'
    union all
    select -net as amount from sales
    union all
    select share as amount from priced_orders
)
select coalesce(cast(sum(amount) as bigint), 0) as amount
from parts
