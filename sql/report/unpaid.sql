-- grain:   one row per reason for which members with money are not paid today
-- reads:   payees, payable
-- params:  -
-- returns: verdict, members, held
with judged as (
    select
        case when p.verdict = 'paid' then 'tax_takes_all' else p.verdict end as verdict,
        p.rebate + p.chance + p.labour as held
    from payees as p
    left join payable as y on p.member_id = y.member_id
    where y.member_id is null
)
select verdict, count(*) as members, cast(sum(held) as bigint) as held
from judged
group by verdict
