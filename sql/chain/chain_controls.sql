-- grain:   one row per control of the chain: how many break it (rules.md section 11.3 and 11.7)
-- reads:   chain_changed_claims, chain_claims_new, chain_claims_own, prior_open_claims, chain_claims_funded,
--          chain_claims_refunded, chain_joined, agents_before
-- needs:   -
-- params:  max_paid_depth
-- returns: name, expected, found
with claim_money as (
    select claim_id, cast(sum(amount) as bigint) as amount
    from (
        select claim_id, paid as amount from chain_claims_funded
        union all
        select claim_id, -taken_back as amount from chain_claims_refunded
    ) as movements
    group by claim_id
),
claims as (
    select
        case when c.received < 0 or c.received > c.amount or c.amount > c.cap then 1 else 0 end as out_of_range,
        case when c.status = 'blocked_depth' and c.received <> 0 then 1 else 0 end as blocked_paid,
        case
            when c.received - coalesce(o.received, p.received, 0) <> coalesce(m.amount, 0) then 1 else 0
        end as not_its_payments
    from chain_changed_claims as c
    left join chain_claims_own as o on c.claim_id = o.claim_id
    left join prior_open_claims as p on c.claim_id = p.claim_id
    left join claim_money as m on c.claim_id = m.claim_id
),
-- What today's orders owe against what they paid in.
awarded as (
    select order_id, cast(sum(amount) as bigint) as amount
    from chain_claims_new
    where status <> 'blocked_depth'
    group by order_id
),
overdrawn as (
    select a.order_id
    from awarded as a
    left join chain_joined as j on a.order_id = j.order_id
    where a.amount > coalesce(j.contribution, 0)
),
-- The steps once more, along the sponsors one by one: a slide goes one up to the sponsor and one down.
sponsors as (
    select member_id, referrer_id from agents_before
    union all
    select member_id, referrer_id from chain_joined
),
walked as (
    select
        case
            when c.member_id = j.referrer_id then 1
            when c.member_id = s.referrer_id or d.referrer_id = j.referrer_id then 2
            else 3
        end as steps
    from chain_claims_new as c
    inner join chain_joined as j on c.order_id = j.order_id
    left join sponsors as s on j.referrer_id = s.member_id
    left join sponsors as d on c.member_id = d.member_id
    where c.status <> 'blocked_depth'
)
select '3 chain claims outside 0 .. received .. amount .. what their order had left' as name,
    cast(0 as bigint) as expected, coalesce(cast(sum(out_of_range) as bigint), 0) as found
from claims
union all
select '3 chain claims whose received is not payments less take-backs' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(not_its_payments) as bigint), 0) as found
from claims
union all
select '7 chain claims that are blocked and were paid' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(blocked_paid) as bigint), 0) as found
from claims
union all
select '7 chain claims deeper than max_paid_depth' as name, cast(0 as bigint) as expected, cast(count(*) as bigint) as found
from walked
where steps > $max_paid_depth
union all
select
    '7 chain orders that award more than they contributed' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from overdrawn
