-- grain:   one row per reason for which members with money are not paid today, or not paid all of it
-- reads:   payees, payable, taxed
-- needs:   payees
-- params:  payout_max_fen
-- returns: verdict, members, held
with judged as (
    select
        case
            when p.verdict <> 'paid' then p.verdict
            when t.rebate + t.chance + t.labour > t.chance_tax + t.labour_tax then 'below_channel_minimum'
            else 'tax_takes_all'
        end as verdict,
        p.rebate + p.chance + p.labour as held
    from payees as p
    left join taxed as t on p.member_id = t.member_id
    left join payable as y on p.member_id = y.member_id
    where y.member_id is null
    union all
    select
        case when p.most = $payout_max_fen then 'over_maximum' else 'over_channel_limit' end as verdict,
        p.rebate + p.chance + p.labour - p.most as held
    from payees as p
    inner join payable as y on p.member_id = y.member_id
    where p.rebate + p.chance + p.labour > p.most
)
select verdict, count(*) as members, cast(sum(held) as bigint) as held
from judged
group by verdict
