-- grain:   one row per member whose points moved today before expiry
-- reads:   prior_balances, points_granted, points_reversed, judged_redemptions, lots_expiring
-- needs:   judged_redemptions | lots_expiring | points_granted | points_reversed
-- params:  -
-- returns: member_id, sinks, falls, whole
-- Who only gained keeps his older lots as they are; 'falls' marks the others (rules.md section 4.1, expiry). 'sinks' is
-- what the oldest lots lose: a balance below zero holds no units, so it is not the sum of the day's movements. 'whole'
-- are those of whom every lot of today stays whole: nothing falls, and the balance covers what was granted.
with moved as (
    select member_id, units as amount, units as granted, 0 as falls from points_granted
    union all
    select member_id, -units as amount, cast(0 as bigint) as granted, 1 as falls from points_reversed
    union all
    select member_id, -amount as amount, cast(0 as bigint) as granted, 1 as falls
    from judged_redemptions
    where commodity = 'POINT' and kind = 'redeem' and verdict = 'taken'
    union all
    select holder as member_id, cast(0 as bigint) as amount, cast(0 as bigint) as granted, 1 as falls
    from lots_expiring
    where programme = 'points' and status = 'live'
),
sums as (
    select
        member_id, cast(sum(amount) as bigint) as amount, cast(sum(granted) as bigint) as granted, max(falls) as falls
    from moved
    group by member_id
),
standing as (
    select
        s.member_id, s.granted, s.falls, coalesce(b.balance, 0) as before,
        s.amount + coalesce(b.balance, 0) as balance
    from sums as s
    left join prior_balances as b on s.member_id = b.holder and b.account = 'member_points'
)
select
    member_id, greatest(0, before) + granted - greatest(0, balance) as sinks, falls = 1 as falls,
    -- Nothing fell, so the sum of the day is what was granted.
    falls = 0 and before >= 0 as whole
from standing
