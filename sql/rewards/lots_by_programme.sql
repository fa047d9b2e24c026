-- grain:   one row per programme whose lots changed today: how many, and what is left of them in its own unit
-- reads:   listed_lots
-- needs:   listed_lots
-- params:  day
-- returns: programme, changed, opened, closed, left
select
    programme, count(*) as changed, cast(sum(case when opened_on = $day then 1 else 0 end) as bigint) as opened,
    cast(sum(case when closed_on = $day then 1 else 0 end) as bigint) as closed, cast(sum("left") as bigint) as "left"
from listed_lots
group by programme
