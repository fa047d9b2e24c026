-- grain:   one row per day whose lots of points held units when D opened or hold some before forced exits: all lots
--          of a day were issued at one price (rules.md section 4.2)
-- reads:   prior_issues, lots_refunded, lots_sold, priced_granted
-- needs:   lots_refunded | lots_sold | priced_granted | prior_issues
-- params:  -
-- returns: opened_on, price, units, moved
with parts as (
    select opened_on, price, units, 0 as moved from prior_issues where units > 0
    union all
    select opened_on, price, -destroyed as units, 1 as moved from lots_refunded where destroyed > 0
    union all
    select opened_on, price, -sold as units, 1 as moved from lots_sold
    union all
    select opened_on, price, "left" as units, 1 as moved from priced_granted
)
select opened_on, max(price) as price, cast(sum(units) as bigint) as units, max(moved) = 1 as moved
from parts
group by opened_on
