-- grain:   one row per member whose points moved today before expiry, with the balance then
-- reads:   prior_balances, points_granted, points_reversed, judged_redemptions, prior_lots
-- params:  day
-- returns: member_id, balance
with changes as (
    select member_id, units as amount from points_granted
    union all
    select member_id, -units as amount from points_reversed
    union all
    select member_id, -amount as amount from judged_redemptions where commodity = 'POINT' and verdict = 'taken'
),
moved as (
    select member_id, amount from changes
    union all
    select holder as member_id, cast(0 as bigint) as amount
    from prior_lots
    where programme = 'points' and status = 'live' and expires_on <= $day
),
sums as (
    select member_id, cast(sum(amount) as bigint) as amount
    from moved
    group by member_id
)
select s.member_id, s.amount + coalesce(b.balance, 0) as balance
from sums as s
left join prior_balances as b on s.member_id = b.holder and b.account = 'member_points'
