-- grain:   one row per movement of a queue's money and of its exit vouchers, summed by holders
--          (rules.md sections 3 and 6)
-- reads:   queue_orders, queue_numbers, ticket_money, tickets_paid, versions, tickets_exited, vouchers_reversed
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, queue_no, cast(sum(pot) as bigint) as amount
    from queue_orders
    group by merchant_id, queue_no
),
paid as (
    select m.kind, w.queue_no, v.tax_queue as wallet, w.member_id, cast(sum(m.amount) as bigint) as amount
    from ticket_money as m
    inner join tickets_paid as w on m.queue_no = w.queue_no and m.ticket_no = w.ticket_no
    inner join versions as v on w.rule_version = v.version
    group by m.kind, w.queue_no, v.tax_queue, w.member_id
)
select
    'queue/contribute' as cause, 'merchant_receivable' as debit_account, c.merchant_id as debit_holder,
    'pool_queue' as credit_account, n.queue_id as credit_holder, 'CNY' as commodity, c.amount
from contributed as c
inner join queue_numbers as n on c.queue_no = n.queue_no
union all
select
    concat('queue/', p.kind) as cause, 'pool_queue' as debit_account, n.queue_id as debit_holder,
    concat('member_wallet_', p.wallet) as credit_account, p.member_id as credit_holder, 'CNY' as commodity, p.amount
from paid as p
inner join queue_numbers as n on p.queue_no = n.queue_no
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
