-- grain:   one row per member whose older lots of points sink today (rules.md section 4.1)
-- reads:   points_movements
-- needs:   points_movements
-- params:  -
-- returns: holder
select member_id as holder from points_movements where falls and sinks > 0
