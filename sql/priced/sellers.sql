-- grain:   one row per member who sells points today
-- reads:   sales
-- needs:   sales
-- params:  -
-- returns: holder, units
select lane as holder, cast(sum(amount) as bigint) as units from sales group by lane
