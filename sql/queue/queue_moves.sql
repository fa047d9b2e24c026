-- grain:   one row per movement of a queue's money and of its exit vouchers, summed by holders
--          (rules.md sections 3 and 6)
-- reads:   queue_orders, queue_paid, tickets_exited, vouchers_reversed
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, queue_id, cast(sum(pot) as bigint) as amount
    from queue_orders
    group by merchant_id, queue_id
),
paid as (
    select kind, queue_id, wallet, member_id, cast(sum(amount) as bigint) as amount
    from queue_paid
    group by kind, queue_id, wallet, member_id
)
select
    'queue/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_queue' as credit_account, queue_id as credit_holder, 'CNY' as commodity, amount
from contributed
union all
select
    concat('queue/', kind) as cause, 'pool_queue' as debit_account, queue_id as debit_holder,
    concat('member_wallet_', wallet) as credit_account, member_id as credit_holder, 'CNY' as commodity, amount
from paid
union all
select
    'queue/exit' as cause, 'vouchers_issued' as debit_account, 'platform' as debit_holder,
    'member_vouchers' as credit_account, member_id as credit_holder, 'VOUCHER' as commodity, voucher as amount
from tickets_exited
union all
select
    'queue/clawback' as cause, 'member_vouchers' as debit_account, member_id as debit_holder,
    'vouchers_issued' as credit_account, 'platform' as credit_holder, 'VOUCHER' as commodity, units as amount
from vouchers_reversed
