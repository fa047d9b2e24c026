-- grain:   one row: the price that is in use tomorrow and the units outstanding (rules.md section 4.2)
-- reads:   priced_close
-- needs:   priced_close
-- params:  -
-- returns: struck_on, price, units
select struck_on, price, units from priced_close
