-- grain:   one row per voucher redemption taken today, with the money behind it (rules.md section 4.1)
-- reads:   judged_redemptions, prior_balances, vouchers_back
-- needs:   judged_redemptions
-- params:  -
-- returns: redemption_id, merchant_id, amount, backing
with changes as (
    select balance as amount from prior_balances where account = 'voucher_backing'
    union all
    select -money as amount from vouchers_back
),
backing as (
    select coalesce(cast(sum(amount) as bigint), 0) as held from changes
),
spent as (
    select redemption_id, merchant_id, amount, requested_at
    from judged_redemptions
    where commodity = 'VOUCHER' and verdict = 'taken'
),
-- The running sum in two levels, moments and the redemptions of each, so that no one sort holds all.
moments as (
    select requested_at, cast(sum(amount) as bigint) as amount
    from spent
    group by requested_at
),
starts as (
    select requested_at, cast(sum(amount) over (order by requested_at) as bigint) - amount as earlier
    from moments
),
running as (
    select
        r.redemption_id, r.merchant_id, r.amount,
        s.earlier
        + cast(sum(r.amount) over (partition by r.requested_at order by r.redemption_id) as bigint) as upto
    from spent as r
    inner join starts as s on r.requested_at = s.requested_at
)
select
    r.redemption_id,
    case when r.merchant_id = '' then 'platform' else r.merchant_id end as merchant_id,
    r.amount,
    least(b.held, r.upto) - least(b.held, r.upto - r.amount) as backing
from running as r
cross join backing as b
