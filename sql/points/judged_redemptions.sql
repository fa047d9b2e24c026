-- grain:   one row per redemption or sale of today with what becomes of it (rules.md sections 4.1 and 4.2)
-- reads:   taken_redemptions, prior_balances, points_reversed, points_destroyed, vouchers_back
-- needs:   taken_redemptions
-- params:  version
-- returns: source, row_no, redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at, verdict,
--          rule_version
with changes as (
    select holder as member_id, commodity, balance as amount
    from prior_balances
    where account in ('member_points', 'member_vouchers')
    union all
    select member_id, 'POINT' as commodity, -units as amount from points_reversed
    union all
    select member_id, 'POINT' as commodity, -units as amount from points_destroyed
    union all
    select holder as member_id, 'VOUCHER' as commodity, -units as amount from vouchers_back where account = 'member_vouchers'
),
holdings as (
    select member_id, commodity, cast(sum(amount) as bigint) as balance
    from changes
    where member_id in (select member_id from taken_redemptions)
    group by member_id, commodity
),
asked as (
    select
        r.source, r.row_no, r.redemption_id, r.member_id, r.kind, r.commodity, r.amount, r.merchant_id,
        r.requested_at,
        greatest(0, coalesce(h.balance, 0)) as balance
    from taken_redemptions as r
    left join holdings as h on r.member_id = h.member_id and r.commodity = h.commodity
),
-- A request above the balance counts as one unit above it: it and all later ones fail as they should, in 64 bits.
running as (
    select
        source, row_no, redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at, balance,
        cast(
            sum(least(amount, balance + 1)) over (
                partition by member_id, commodity order by requested_at, redemption_id
            ) as bigint
        ) as upto
    from asked
)
select
    source, row_no, redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at,
    case when upto <= balance then 'taken' else 'insufficient_points' end as verdict,
    $version as rule_version
from running
