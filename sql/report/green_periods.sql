-- grain:   one row per period of green points that ended today or runs at the close (rules.md section 7)
-- reads:   changed_periods, prior_periods
-- needs:   changed_periods | prior_periods
-- params:  -
-- returns: period, started_on, ended_on, inflow, base, growth, due, released
select period, started_on, ended_on, inflow, base, growth, due, released from changed_periods
union all
select period, started_on, ended_on, inflow, base, growth, due, released
from prior_periods
where ended_on is null and period not in (select period from changed_periods)
