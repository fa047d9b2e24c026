-- grain:   one row per claim that changed today, as it stands at the close
-- reads:   claims_funded, claims_refunded
-- needs:   claims_funded | claims_refunded
-- params:  -
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
select
    f.claim_id, f.programme, f.member_id, f.order_id, f.ordinal, f.base_order_id, f.cap, f.amount, f.received, f.status,
    f.claimed_on, f.ended_on, f.rule_version, f.seq, f.rate_bp
from claims_funded as f
where f.is_new or f.paid > 0
union all
select
    r.claim_id, r.programme, r.member_id, r.order_id, r.ordinal, r.base_order_id, r.cap, r.amount, r.received, r.status,
    r.claimed_on, r.ended_on, r.rule_version, r.seq, r.rate_bp
from claims_refunded as r
where r.status <> 'open'
