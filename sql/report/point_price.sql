-- grain:   one row: the price of a point today and from tomorrow on, in millionths of a yuan, 0 for none, and what the
--          close left outstanding and gave to the platform (rules.md section 4.2)
-- reads:   priced_close
-- needs:   priced_close
-- params:  point_price
-- returns: price, price_next, units, income
select cast($point_price as bigint) as price, price as price_next, units, income from priced_close
