-- grain:   one row per debt that is open before collection, placed oldest first for its member (rules.md section 10.2)
-- reads:   prior_debts, takebacks
-- needs:   prior_debts | takebacks
-- params:  day
-- returns: lane, place, amount, member_id, opened_on, debt_place, account, holder
with owed as (
    select member_id, opened_on, place as debt_place, account, holder, remaining as amount
    from prior_debts
    where remaining > 0
    union all
    select member_id, cast($day as date) as opened_on, place as debt_place, account, holder, amount - covered as amount
    from takebacks
    where amount > covered
)
select
    member_id as lane,
    cast(row_number() over (partition by member_id order by opened_on, debt_place) as bigint) as place,
    amount, member_id, opened_on, debt_place, account, holder
from owed
