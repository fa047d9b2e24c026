-- grain:   one row per programme whose lots changed today
-- reads:   lots
-- params:  day
-- returns: programme, changed, opened, closed
select
    programme, count(*) as changed, cast(sum(case when opened_on = $day then 1 else 0 end) as bigint) as opened,
    cast(sum(case when closed_on = $day then 1 else 0 end) as bigint) as closed
from lots
group by programme
