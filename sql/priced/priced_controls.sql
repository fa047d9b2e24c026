-- grain:   one row per control of points with a price: how far it is off, or how many break it (rules.md sections 4.2
--          and 11)
-- reads:   priced_close, balances, prior_balances, points_reversed, priced_lots
-- needs:   -
-- params:  points_mode_today, point_price
-- returns: name, expected, found
with held as (
    select account, commodity, balance as amount from balances where account in ('member_points', 'pool_points')
    union all
    select account, commodity, -balance as amount from prior_balances where account = 'member_points'
    union all
    -- What a grant of mode fixed gave back is no unit of these lots.
    select 'member_points' as account, 'POINT' as commodity, units as amount from points_reversed
),
sums as (
    select
        coalesce(cast(sum(case when account = 'member_points' then amount else 0 end) as bigint), 0) as grown,
        coalesce(cast(sum(case when account = 'pool_points' then amount else 0 end) as bigint), 0) as pool
    from held
)
select
    '2 pool_points short of what the units outstanding can be sold for' as name, cast(0 as bigint) as expected,
    greatest(0, mul_div(c.units, c.price, 100000000) - s.pool) as found
from priced_close as c cross join sums as s
union all
select
    '2 units of points outstanding' as name, c.opening_units + s.grown as expected, c.units as found
from priced_close as c cross join sums as s
where $points_mode_today = 'pool_priced'
union all
select
    '2 price of points fell while units were outstanding' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from priced_close
where units > 0 and price < $point_price
union all
select
    '3 lots of points whose units left and sold are not their right' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from priced_lots
where granted <> "left" + received or "left" < 0 or received < 0 or paid < 0
