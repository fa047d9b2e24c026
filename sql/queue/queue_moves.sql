-- grain:   one row per contribution to a queue (summed by merchant) and exit voucher (rules.md sections 3 and 6); what
--          the queues pay is in queue_postings
-- reads:   queue_orders, queue_numbers, tickets_exited
-- needs:   queue_numbers | tickets_exited, queue_orders | tickets_exited
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, queue_no, cast(sum(pot) as bigint) as amount
    from queue_orders
    group by merchant_id, queue_no
)
select
    'queue/contribute' as cause, 'merchant_receivable' as debit_account, c.merchant_id as debit_holder,
    'pool_queue' as credit_account, n.queue_id as credit_holder, 'CNY' as commodity, c.amount
from contributed as c
inner join queue_numbers as n on c.queue_no = n.queue_no
union all
select
    'queue/exit' as cause, 'vouchers_issued' as debit_account, 'platform' as debit_holder,
    'member_vouchers' as credit_account, member_id as credit_holder, 'VOUCHER' as commodity, voucher as amount
from tickets_exited
