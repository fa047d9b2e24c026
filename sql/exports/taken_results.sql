-- grain:   one row per payout result taken today, with its place in the export or import
-- reads:   read_results, result_standing
-- needs:   read_results, result_standing
-- params:  -
-- returns: payout_id, status, amount, reason, at, source, row_no
select r.payout_id, r.status, r.amount, r.reason, r.at, r.source, r.row_no
from read_results r
join result_standing s on s.at_row = r.at_row
where s.standing = ''
