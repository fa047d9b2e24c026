-- grain:   one row per payout that came back and is replaced by today's cut (rules.md section 10.3)
-- reads:   prior_returned, payouts_resulted, payout_ids
-- needs:   payout_ids, payouts_resulted | prior_returned
-- params:  -
-- returns: payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status,
--          replaced_by
with standing as (
    select
        payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status
    from prior_returned
    where replaced_by = ''
    union all
    select
        payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status
    from payouts_resulted
    where went_back
)
select
    s.payout_id, s.member_id, s.paid_on, s.channel, s.gross, s.tax, s.net, s.rebate, s.chance, s.labour, s.labour_tax,
    s.attempt, s.status, i.payout_id as replaced_by
from standing as s
inner join payout_ids as i on s.member_id = i.member_id
