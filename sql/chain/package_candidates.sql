-- grain:   one row per order of today that keeps enough for the cheapest package; only these are asked for their lines
-- reads:   qualified, packages
-- needs:   qualified
-- params:  version
-- returns: order_id
with cheapest as (
    select min(price_fen) as price from packages where version = $version
)
select q.order_id
from qualified as q
cross join cheapest as c
where q.kept >= c.price
