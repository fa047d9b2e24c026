-- grain:   one row per voucher redemption taken today, with the money behind it (rules.md section 4.1)
-- reads:   judged_redemptions, prior_balances, vouchers_back
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
running as (
    select
        redemption_id, merchant_id, amount,
        cast(sum(amount) over (order by requested_at, redemption_id) as bigint) as upto
    from judged_redemptions
    where commodity = 'VOUCHER' and verdict = 'taken'
)
select
    r.redemption_id,
    case when r.merchant_id = '' then 'platform' else r.merchant_id end as merchant_id,
    r.amount,
    least(b.held, r.upto) - least(b.held, r.upto - r.amount) as backing
from running as r
cross join backing as b
