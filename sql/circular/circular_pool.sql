-- grain:   one row: what pool_circular holds when the dividend is struck, today's shares included (rules.md section 8)
-- reads:   prior_balances, takebacks, vouchers_back, circular_orders
-- needs:   -
-- params:  -
-- returns: amount
with parts as (
    select balance as amount from prior_balances where account = 'pool_circular'
    union all
    select covered as amount from takebacks where account = 'pool_circular'
    union all
    select money as amount from vouchers_back where pool = 'pool_circular'
    union all
    select share as amount from circular_orders
)
select coalesce(cast(sum(amount) as bigint), 0) as amount
from parts
