-- grain:   one row per member whose points or vouchers are below zero (rules.md section 9)
-- reads:   balances
-- params:  -
-- returns: holder, commodity, balance
select holder, commodity, balance
from balances
where account in ('member_points', 'member_vouchers') and balance < 0
