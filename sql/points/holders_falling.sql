-- grain:   one row per member whose older lots of points may sink today (rules.md section 4.1, expiry)
-- reads:   points_movements
-- params:  -
-- returns: holder
select member_id as holder from points_movements where falls
