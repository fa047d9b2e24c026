-- grain:   one row per payout of a day, as the register of issued payouts keeps it: the canonical text of a payout is
--          what it says, parted by U+001F, money and attempt in decimal
-- reads:   payouts_written, accounts_written
-- needs:   accounts_written, payouts_written
-- params:  -
-- returns: payout_id, net, content_sha256
select
    p.payout_id, p.net,
    sha256(concat_ws(
        chr(31), p.payout_id, p.member_id, p.channel, a.account_no, a.account_name, a.bank_code,
        cast(p.gross as varchar), cast(p.tax as varchar), cast(p.net as varchar), cast(p.attempt as varchar),
        p.replaces
    )) as content_sha256
from payouts_written as p
inner join accounts_written as a on p.payout_id = a.payout_id
