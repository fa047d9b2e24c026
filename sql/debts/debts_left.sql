-- grain:   one row per debt of the close that was open before collection, paid ones with nothing left
-- reads:   debts_owed, debts_collected
-- needs:   debts_owed
-- params:  -
-- returns: member_id, opened_on, place, account, holder, remaining, paid
with paid as (
    select member_id, opened_on, debt_place, cast(sum(amount) as bigint) as amount
    from debts_collected
    group by member_id, opened_on, debt_place
)
select
    d.member_id, d.opened_on, d.debt_place as place, d.account, d.holder,
    d.amount - coalesce(p.amount, 0) as remaining, coalesce(p.amount, 0) as paid
from debts_owed as d
left join paid as p
    on d.member_id = p.member_id and d.opened_on = p.opened_on and d.debt_place = p.debt_place
