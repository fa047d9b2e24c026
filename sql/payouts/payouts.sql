-- grain:   one row per payout of today with the file that carries it (contract.md, payouts)
-- reads:   payouts_cut, payout_files
-- needs:   payouts_cut
-- params:  -
-- returns: payout_id, member_id, channel, gross, tax, net, attempt, replaces, file
select p.payout_id, p.member_id, p.channel, p.gross, p.tax, p.net, p.attempt, p.replaces, f.file
from payouts_cut as p
left join payout_files as f on p.payout_id = f.payout_id
