-- grain:   one row per redemption that was taken, kept to know its repetition
-- reads:   taken_redemptions, judged_redemptions
-- needs:   judged_redemptions, taken_redemptions
-- params:  -
-- returns: redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at
select t.redemption_id, t.member_id, t.kind, t.commodity, t.amount, t.merchant_id, t.requested_at
from taken_redemptions as t
inner join judged_redemptions as j on t.redemption_id = j.redemption_id
where j.verdict = 'taken'
