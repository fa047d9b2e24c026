-- grain:   one row per reason for which members with money are not paid today
-- reads:   payees
-- params:  -
-- returns: verdict, members, held
select verdict, count(*) as members, cast(sum(rebate + chance + labour) as bigint) as held
from payees
where verdict <> 'paid'
group by verdict
