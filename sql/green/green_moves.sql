-- grain:   one row per movement of green points, contributions summed by merchant, vouchers taken back aside
--          (rules.md section 7)
-- reads:   green_orders, green_lots_granted, green_lots_released, green_lots_refunded
-- needs:   green_lots_granted | green_lots_refunded | green_lots_released | green_orders
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with concessions as (
    select merchant_id, cast(sum(pool) as bigint) as pool, cast(sum(rest) as bigint) as rest
    from green_orders
    group by merchant_id
),
changes as (
    select 'green/grant' as cause, holder, granted as amount from green_lots_granted
    union all
    select 'green/expire' as cause, holder, -expired as amount from green_lots_released
    union all
    select 'green/clawback' as cause, holder, -green_back as amount from green_lots_refunded
),
-- A merchant's accounts are held under his plain id.
held as (
    select
        cause,
        case when substr(holder, 1, 9) = 'merchant/' then 'merchant_green' else 'member_green' end as account,
        case when substr(holder, 1, 9) = 'merchant/' then substr(holder, 10) else holder end as holder,
        cast(sum(amount) as bigint) as amount
    from changes
    group by
        cause,
        case when substr(holder, 1, 9) = 'merchant/' then 'merchant_green' else 'member_green' end,
        case when substr(holder, 1, 9) = 'merchant/' then substr(holder, 10) else holder end
),
released as (
    select
        case when substr(holder, 1, 9) = 'merchant/' then 'merchant_vouchers' else 'member_vouchers' end as account,
        case when substr(holder, 1, 9) = 'merchant/' then substr(holder, 10) else holder end as holder,
        cast(sum(released) as bigint) as amount
    from green_lots_released
    group by
        case when substr(holder, 1, 9) = 'merchant/' then 'merchant_vouchers' else 'member_vouchers' end,
        case when substr(holder, 1, 9) = 'merchant/' then substr(holder, 10) else holder end
)
select
    'green/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_green' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, pool as amount
from concessions
union all
select
    'green/income' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'platform_income' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, rest as amount
from concessions
union all
select
    'green/grant' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'member_wallet_labour' as credit_account, referrer_id as credit_holder, 'CNY' as commodity, referred as amount
from green_orders
union all
select
    cause, 'green_issued' as debit_account, 'platform' as debit_holder, account as credit_account,
    holder as credit_holder, 'GREEN' as commodity, amount
from held
where amount > 0
union all
select
    cause, account as debit_account, holder as debit_holder, 'green_issued' as credit_account,
    'platform' as credit_holder, 'GREEN' as commodity, -amount as amount
from held
where amount < 0
union all
select
    'green/release' as cause, 'vouchers_issued' as debit_account, 'platform' as debit_holder, account as credit_account,
    holder as credit_holder, 'VOUCHER' as commodity, amount
from released
union all
select
    'green/release' as cause, 'pool_green' as debit_account, 'platform' as debit_holder,
    'voucher_backing' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, amount
from released
