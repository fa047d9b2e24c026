-- grain:   one row per payout of today, as a channel's file needs it; money in fen; place numbers all of them from 1
-- reads:   payouts_cut, payee_accounts
-- params:  day_text
-- returns: payout_id, place, business_date, member_id, channel, account_no, account_name, bank_code, bank_name,
--          province, city, phone, id_type, id_no, gross, tax, net, attempt, replaces
select
    p.payout_id, row_number() over (order by p.payout_id) as place, $day_text as business_date, p.member_id, p.channel,
    a.account_no, a.account_name, a.bank_code, a.bank_name, a.province, a.city, a.phone, a.id_type, a.id_no,
    p.gross, p.tax, p.net, p.attempt, p.replaces
from payouts_cut as p
inner join payee_accounts as a on p.member_id = a.member_id
