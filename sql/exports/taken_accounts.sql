-- grain:   one row per member whose current payout account came today: the last accepted row
-- reads:   read_accounts, account_standing
-- needs:   account_standing, read_accounts
-- params:  -
-- returns: member_id, channel, account_no, account_name, bank_code, bank_name, province, city, phone, id_type, id_no,
--          status
with last as (
    select member_id, max(at_row) as at_row from account_standing where standing = '' group by member_id
)
select
    r.member_id, r.channel, r.account_no, r.account_name, r.bank_code, r.bank_name, r.province, r.city, r.phone,
    r.id_type, r.id_no, r.status
from read_accounts r
join last l on l.at_row = r.at_row
