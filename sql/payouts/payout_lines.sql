-- grain:   one row per payout of today, as a channel's file needs it; money in fen
-- reads:   payouts_cut, payee_accounts
-- params:  day_text
-- returns: payout_id, business_date, member_id, channel, account_no, account_name, bank_code, gross, tax, net, attempt,
--          replaces
select
    p.payout_id, $day_text as business_date, p.member_id, p.channel, a.account_no, a.account_name, a.bank_code,
    p.gross, p.tax, p.net, p.attempt, p.replaces
from payouts_cut as p
inner join payee_accounts as a on p.member_id = a.member_id
