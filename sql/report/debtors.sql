-- grain:   one row per member who owes at the close
-- reads:   debts_left
-- needs:   debts_left
-- params:  -
-- returns: member_id, remaining, opened_on
select member_id, cast(sum(remaining) as bigint) as remaining, min(opened_on) as opened_on
from debts_left
where remaining > 0
group by member_id
