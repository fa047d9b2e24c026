-- grain:   one row per payout that was cut, got a result or was replaced today
-- reads:   payouts_cut, payouts_resulted, replaced
-- needs:   payouts_cut | payouts_resulted | replaced
-- params:  -
-- returns: payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status,
--          replaced_by
select
    payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt,
    'in_transit' as status, '' as replaced_by
from payouts_cut
union all
select
    payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status,
    replaced_by
from replaced
union all
select
    r.payout_id, r.member_id, r.paid_on, r.channel, r.gross, r.tax, r.net, r.rebate, r.chance, r.labour, r.labour_tax,
    r.attempt, r.status, r.replaced_by
from payouts_resulted as r
left join replaced as p on r.payout_id = p.payout_id
where p.payout_id is null
