-- grain:   one row per voucher taken back, and per sum of money that follows it to its pool (rules.md sections 7 and 8)
-- reads:   vouchers_back
-- needs:   vouchers_back
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
select
    concat(programme, '/clawback') as cause, account as debit_account, holder as debit_holder,
    'vouchers_issued' as credit_account, 'platform' as credit_holder, 'VOUCHER' as commodity, units as amount
from vouchers_back
union all
select
    concat(programme, '/clawback') as cause, 'voucher_backing' as debit_account, 'platform' as debit_holder,
    pool as credit_account, 'platform' as credit_holder, 'CNY' as commodity, money as amount
from vouchers_back
where money > 0
