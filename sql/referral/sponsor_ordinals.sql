-- grain:   one row per ordinal that a sponsor whom today touches ever gave, and whether it is free again
-- reads:   referrals_of_sponsors, referrals_voided
-- needs:   referrals_of_sponsors
-- params:  -
-- returns: sponsor_id, ordinal, freed
with standing as (
    select
        f.sponsor_id, f.ordinal,
        case when f.status = 'void' or v.order_id is not null then 0 else 1 end as held
    from referrals_of_sponsors as f
    left join referrals_voided as v on f.order_id = v.order_id
)
select sponsor_id, ordinal, max(held) = 0 as freed
from standing
group by sponsor_id, ordinal
