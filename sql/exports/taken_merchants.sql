-- grain:   one row per merchant whose current row came today: the last accepted one
-- reads:   read_merchants, merchant_standing
-- needs:   merchant_standing, read_merchants
-- params:  -
-- returns: merchant_id, name, merchant_group, concession_bp, referrer_id
with last as (
    select merchant_id, max(at_row) as at_row from merchant_standing where standing = '' group by merchant_id
)
select r.merchant_id, r.name, r.merchant_group, r.concession_bp, r.referrer_id
from read_merchants r
join last l on l.at_row = r.at_row
