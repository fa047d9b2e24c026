-- grain:   one row per payout that came back and is replaced by today's cut (rules.md section 10.3)
-- reads:   prior_payouts, payouts_resulted, payout_ids
-- params:  -
-- returns: payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, status,
--          replaced_by
with standing as (
    select
        p.payout_id, p.member_id, p.paid_on, p.channel, p.gross, p.tax, p.net, p.rebate, p.chance, p.labour,
        p.labour_tax, p.attempt, coalesce(r.status, p.status) as status, p.replaced_by
    from prior_payouts as p
    left join payouts_resulted as r on p.payout_id = r.payout_id
)
select
    s.payout_id, s.member_id, s.paid_on, s.channel, s.gross, s.tax, s.net, s.rebate, s.chance, s.labour, s.labour_tax,
    s.attempt, s.status, i.payout_id as replaced_by
from standing as s
inner join payout_ids as i on s.member_id = i.member_id
where s.status in ('failed', 'returned') and s.replaced_by = ''
