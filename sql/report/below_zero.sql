-- grain:   one row per member or merchant and commodity that is below zero (rules.md section 9)
-- reads:   balances
-- needs:   balances
-- params:  -
-- returns: holder, commodity, balance
select
    case when substr(account, 1, 9) = 'merchant_' then concat('merchant/', holder) else holder end as holder, commodity,
    balance
from balances
where
    account in ('member_points', 'member_green', 'member_vouchers', 'merchant_green', 'merchant_vouchers')
    and balance < 0
