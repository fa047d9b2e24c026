-- grain:   one row per claim of the chain that changed today, as it stands at the close
-- reads:   chain_claims_funded, chain_claims_refunded, chain_claims_new
-- needs:   chain_claims_funded | chain_claims_new | chain_claims_refunded
-- params:  -
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp
from chain_claims_funded
where is_new or paid > 0
union all
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp
from chain_claims_refunded
where status <> 'open'
union all
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp
from chain_claims_new
where status = 'blocked_depth'
