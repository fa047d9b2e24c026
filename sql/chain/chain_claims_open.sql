-- grain:   one row per claim on the chain's pool that still wants money, today's included
-- reads:   prior_open_claims, chain_claims_refunded, chain_claims_new
-- needs:   chain_claims_new | chain_claims_refunded | prior_open_claims
-- params:  -
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp, is_new
select
    c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, c.amount, c.received, c.status,
    c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp, false as is_new
from prior_open_claims as c
left join chain_claims_refunded as r on c.claim_id = r.claim_id
where c.status = 'open' and c.programme = 'chain' and r.claim_id is null
union all
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp, true as is_new
from chain_claims_refunded
where status = 'open'
union all
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp, true as is_new
from chain_claims_new
where status = 'open'
