-- grain:   one row per member who buys a package today or sponsors one who does
-- reads:   package_orders
-- needs:   package_orders
-- params:  -
-- returns: member_id
select member_id from package_orders
union
select sponsor_id as member_id from package_orders where sponsor_id <> ''
