-- grain:   one row per member whose summary no longer tells his latest live order
-- reads:   buyers_standing
-- needs:   buyers_standing
-- params:  -
-- returns: member_id
select member_id from buyers_standing where not sure
