-- grain:   one row per control of claims: how many break it (rules.md section 11.3)
-- reads:   changed_claims, claims_as_they_were, claims_funded, claim_steps
-- needs:   -
-- params:  -
-- returns: name, expected, found
with claim_money as (
    select claim_id, cast(sum(amount) as bigint) as amount
    from (
        select claim_id, paid as amount from claims_funded
        union all
        select claim_id, -taken_back as amount from claim_steps
    ) as movements
    group by claim_id
),
claims as (
    select
        case when c.received < 0 or c.received > c.amount then 1 else 0 end as out_of_range,
        case when c.received - coalesce(p.received, 0) <> coalesce(m.amount, 0) then 1 else 0 end as not_its_payments
    from changed_claims as c
    left join claims_as_they_were as p on c.claim_id = p.claim_id
    left join claim_money as m on c.claim_id = m.claim_id
)
select '3 claims received outside 0 .. amount' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(out_of_range) as bigint), 0) as found
from claims
union all
select '3 claims whose received is not payments less take-backs' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(not_its_payments) as bigint), 0) as found
from claims
