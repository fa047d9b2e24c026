-- grain:   one row per payout result row of today; only an identical row is a double (rules.md 10.4 judges the rest)
-- reads:   read_results, results_asked
-- needs:   read_results
-- params:  -
-- returns: at_row, standing
with before as (
    select distinct p.payout_id, p.status, p.amount, p.reason, p.at as told_at
    from results_asked p
),
placed as (
    select
        r.at_row, r.payout_id, r.status, r.amount, r.reason, r.at as told_at,
        row_number() over (partition by r.payout_id, r.status, r.amount, r.reason, r.at order by r.at_row) as place
    from read_results r
)
select
    r.at_row,
    case when b.payout_id is not null or r.place > 1 then 'duplicate' else '' end as standing
from placed r
left join before b
    on b.payout_id = r.payout_id and b.status = r.status and b.amount = r.amount and b.reason = r.reason
        and b.told_at = r.told_at
