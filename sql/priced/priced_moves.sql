-- grain:   one row per movement of points with a price and of their pool (contributions and grants summed by merchant
--          and member; rules.md sections 3 and 4.2)
-- reads:   priced_orders, sales, lots_exited, lots_refunded, priced_close
-- needs:   lots_exited | lots_refunded | priced_close | priced_orders | sales
-- params:  priced_wallet
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, cast(sum(share) as bigint) as amount from priced_orders group by merchant_id
),
granted as (
    select member_id, cast(sum(units) as bigint) as units from priced_orders group by member_id
),
sold as (
    select lane as member_id, amount as units, net from sales
    union all
    select holder as member_id, sold as units, net from lots_exited
)
select
    'points/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_points' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, amount
from contributed
union all
select
    'points/grant' as cause, 'points_issued' as debit_account, 'platform' as debit_holder,
    'member_points' as credit_account, member_id as credit_holder, 'POINT' as commodity, units as amount
from granted
union all
select
    'points/sale' as cause, 'member_points' as debit_account, member_id as debit_holder,
    'points_issued' as credit_account, 'platform' as credit_holder, 'POINT' as commodity, units as amount
from sold
union all
select
    'points/sale' as cause, 'pool_points' as debit_account, 'platform' as debit_holder,
    concat('member_wallet_', $priced_wallet) as credit_account, member_id as credit_holder, 'CNY' as commodity,
    net as amount
from sold
union all
select
    'points/clawback' as cause, 'member_points' as debit_account, holder as debit_holder,
    'points_issued' as credit_account, 'platform' as credit_holder, 'POINT' as commodity, destroyed as amount
from lots_refunded
union all
select
    'points/income' as cause, 'pool_points' as debit_account, 'platform' as debit_holder,
    'platform_income' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, income as amount
from priced_close
