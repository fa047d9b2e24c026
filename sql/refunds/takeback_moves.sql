-- grain:   one row per take-back and side: from the wallet, and what becomes a debt (rules.md section 9)
-- reads:   takebacks
-- needs:   takebacks
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
select
    concat(programme, '/clawback') as cause, concat('member_wallet_', wallet) as debit_account,
    member_id as debit_holder, account as credit_account, holder as credit_holder, 'CNY' as commodity, covered as amount
from takebacks
union all
select
    concat(programme, '/clawback') as cause, 'member_debt' as debit_account, member_id as debit_holder,
    'pool_due' as credit_account, concat(account, '/', holder) as credit_holder, 'CNY' as commodity,
    amount - covered as amount
from takebacks
