-- grain:   one row per payout whose state changed today, with what it went through
-- reads:   judged_results, payouts_asked
-- needs:   judged_results, payouts_asked
-- params:  -
-- returns: payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status,
--          replaced_by, was_paid, went_back
with moves as (
    select
        payout_id,
        max(case when verdict = 'paid' then 1 else 0 end) as was_paid,
        max(case when verdict in ('failed', 'returned') then 1 else 0 end) as went_back,
        max(case when verdict = 'returned' then 1 else 0 end) as returned
    from judged_results
    where verdict in ('paid', 'failed', 'returned')
    group by payout_id
)
select
    p.payout_id, p.member_id, p.paid_on, p.channel, p.gross, p.tax, p.net, p.rebate, p.chance, p.labour, p.labour_tax,
    p.attempt,
    case when m.returned = 1 then 'returned' when m.went_back = 1 then 'failed' else 'paid' end as status,
    p.replaced_by,
    m.was_paid = 1 as was_paid,
    m.went_back = 1 as went_back
from moves as m
inner join payouts_asked as p on m.payout_id = p.payout_id
