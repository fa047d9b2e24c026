-- grain:   one row per day of issue whose units changed today
-- reads:   issues_now, issues_reached
-- needs:   issues_now
-- params:  -
-- returns: opened_on, price, units
select i.opened_on, i.price, case when x.opened_on is null then i.units else 0 end as units
from issues_now as i
left join issues_reached as x on i.opened_on = x.opened_on
where i.moved or x.opened_on is not null
