-- grain:   one row per side of a collection: wallet to pool, and the debt against what was due (rules.md section 10.2)
-- reads:   debts_collected
-- needs:   debts_collected
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
select
    concat(substr(account, 6), '/collect') as cause, concat('member_wallet_', wallet) as debit_account,
    member_id as debit_holder, account as credit_account, holder as credit_holder, 'CNY' as commodity, amount
from debts_collected
union all
select
    concat(substr(account, 6), '/collect') as cause, 'pool_due' as debit_account,
    concat(account, '/', holder) as debit_holder, 'member_debt' as credit_account, member_id as credit_holder,
    'CNY' as commodity, amount
from debts_collected
