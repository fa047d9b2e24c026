-- grain:   one row per award of an order, with its place among them (rules.md section 8b)
-- reads:   -
-- needs:   -
-- params:  -
-- returns: award, place, depth
-- No award but to the sponsor is paid nearer than two sponsor steps, and none is paid farther: max_paid_depth is at
-- most 2.
select 'direct' as award, cast(0 as bigint) as place, cast(1 as bigint) as depth
union all
select 'team' as award, cast(1 as bigint) as place, cast(2 as bigint) as depth
union all
select 'peer' as award, cast(2 as bigint) as place, cast(2 as bigint) as depth
union all
select 'slide' as award, cast(3 as bigint) as place, cast(2 as bigint) as depth
