-- grain:   one row per wallet and debt that it pays today (rules.md section 10.2)
-- reads:   debts_met, debt_money, debts_owed
-- needs:   debt_money, debts_met, debts_owed
-- params:  -
-- returns: member_id, wallet, opened_on, debt_place, account, holder, amount
select d.member_id, m.wallet, d.opened_on, d.debt_place, d.account, d.holder, x.amount
from debts_met as x
inner join debt_money as m on x.lane = m.lane and x.money_place = m.place
inner join debts_owed as d on x.lane = d.lane and x.need_place = d.place
