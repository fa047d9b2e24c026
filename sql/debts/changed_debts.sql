-- grain:   one row per debt that is new or was collected today
-- reads:   debts_left
-- needs:   debts_left
-- params:  day
-- returns: member_id, opened_on, place, account, holder, remaining
select member_id, opened_on, place, account, holder, remaining
from debts_left
where paid > 0 or opened_on = $day
