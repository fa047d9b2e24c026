-- grain:   one row per order taken today with a package product of today's rules, and price(O) (rules.md section 8b)
-- reads:   taken_lines, packages
-- needs:   packages, taken_lines
-- params:  version
-- returns: order_id, price
select t.order_id, max(p.price_fen) as price
from taken_lines as t
inner join packages as p on t.product_id = p.product_id and p.version = $version
group by t.order_id
