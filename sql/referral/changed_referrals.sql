-- grain:   one row per referral that entered or was voided today
-- reads:   referral_claims, referrals_voided
-- needs:   referral_claims | referrals_voided
-- params:  day, version
-- returns: order_id, sponsor_id, member_id, ordinal, cycle, share, status, placed_on, seq, rule_version
select
    order_id, sponsor_id, member_id, ordinal, cycle, share, 'live' as status, cast($day as date) as placed_on, seq,
    $version as rule_version
from referral_claims
union all
select order_id, sponsor_id, member_id, ordinal, cycle, share, status, placed_on, seq, rule_version
from referrals_voided
