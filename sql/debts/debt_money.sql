-- grain:   one row per wallet of a debtor, in the order in which debts are collected (rules.md section 10.2)
-- reads:   wallets_earned, debts_owed
-- needs:   debts_owed, wallets_earned
-- params:  -
-- returns: lane, place, amount, wallet
select
    member_id as lane,
    cast(case wallet when 'rebate' then 1 when 'chance' then 2 else 3 end as bigint) as place,
    balance as amount, wallet
from wallets_earned
where balance > 0 and member_id in (select member_id from debts_owed)
