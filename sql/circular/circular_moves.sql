-- grain:   one row per movement of the circular pool, contributions summed by merchant (rules.md sections 3 and 8)
-- reads:   circular_orders, circular_paid, versions
-- needs:   circular_orders | circular_paid
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, cast(sum(share) as bigint) as amount
    from circular_orders
    group by merchant_id
)
select
    'circular/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_circular' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, amount
from contributed
union all
select
    'circular/release' as cause, 'pool_circular' as debit_account, 'platform' as debit_holder,
    concat('member_wallet_', v.tax_circular) as credit_account, p.holder as credit_holder, 'CNY' as commodity,
    p.cash as amount
from circular_paid as p
inner join versions as v on p.rule_version = v.version
union all
select
    'circular/release' as cause, 'vouchers_issued' as debit_account, 'platform' as debit_holder,
    'member_vouchers' as credit_account, holder as credit_holder, 'VOUCHER' as commodity, vouchers as amount
from circular_paid
union all
-- The money behind them.
select
    'circular/release' as cause, 'pool_circular' as debit_account, 'platform' as debit_holder,
    'voucher_backing' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, vouchers as amount
from circular_paid
