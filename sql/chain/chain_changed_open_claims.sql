-- grain:   one row per claim of the chain that wants money at the close, or did in the morning, as far as today changed it
-- reads:   chain_changed_claims, prior_open_claims
-- needs:   chain_changed_claims
-- params:  -
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
select
    c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, c.amount, c.received, c.status,
    c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp
from chain_changed_claims as c
left join prior_open_claims as p on c.claim_id = p.claim_id
where c.status = 'open' or p.claim_id is not null
