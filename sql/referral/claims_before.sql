-- grain:   one row per claim for or based on a late-refunded order, as it stood before today
-- reads:   claims_own, claims_based
-- needs:   claims_based | claims_own
-- params:  -
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp
from claims_own
where programme = 'referral'
union
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp
from claims_based
where programme = 'referral'
