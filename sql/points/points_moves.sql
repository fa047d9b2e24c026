-- grain:   one row per movement of points (grants summed by member), and of vouchers redeemed with the money behind them (rules.md section 4.1)
-- reads:   points_granted, judged_redemptions, vouchers_spent, lots_sunk, points_reversed
-- needs:   judged_redemptions | lots_sunk | points_granted | points_reversed | vouchers_spent
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with granted as (
    select member_id, cast(sum(units) as bigint) as units
    from points_granted
    group by member_id
)
select
    'points/grant' as cause, 'points_issued' as debit_account, 'platform' as debit_holder,
    'member_points' as credit_account, member_id as credit_holder, 'POINT' as commodity, units as amount
from granted
union all
select
    'points/redeem' as cause,
    case when commodity = 'POINT' then 'member_points' else 'member_vouchers' end as debit_account,
    member_id as debit_holder,
    case when commodity = 'POINT' then 'points_redeemed' else 'vouchers_redeemed' end as credit_account,
    'platform' as credit_holder, commodity, amount
from judged_redemptions
where kind = 'redeem' and verdict = 'taken'
union all
select
    'points/redeem' as cause, 'voucher_backing' as debit_account, 'platform' as debit_holder,
    'merchant_payable' as credit_account, merchant_id as credit_holder, 'CNY' as commodity, backing as amount
from vouchers_spent
union all
select
    'points/expire' as cause, 'member_points' as debit_account, holder as debit_holder,
    'points_expired' as credit_account, 'platform' as credit_holder, 'POINT' as commodity, expired as amount
from lots_sunk
union all
select
    'points/clawback' as cause, 'member_points' as debit_account, member_id as debit_holder,
    'points_issued' as credit_account, 'platform' as credit_holder, 'POINT' as commodity, units as amount
from points_reversed
