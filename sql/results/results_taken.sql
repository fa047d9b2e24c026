-- grain:   one row per payout result that was taken, kept to know its repetition
-- reads:   taken_results, judged_results
-- needs:   judged_results, taken_results
-- params:  -
-- returns: payout_id, status, amount, reason, at
select t.payout_id, t.status, t.amount, t.reason, t."at"
from taken_results as t
inner join judged_results as j on t.source = j.source and t.row_no = j.row_no
where j.verdict in ('paid', 'failed', 'returned')
