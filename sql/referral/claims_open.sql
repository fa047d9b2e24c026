-- grain:   one row per referral claim that still wants money, today's included, in the order of payment
-- reads:   prior_open_claims, claims_refunded, referral_claims
-- needs:   claims_refunded | prior_open_claims | referral_claims
-- params:  day, version
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp, is_new
select
    c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, c.amount, c.received, c.status,
    c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp, false as is_new
from prior_open_claims as c
left join claims_refunded as r on c.claim_id = r.claim_id
where c.status = 'open' and c.programme = 'referral' and r.claim_id is null
union all
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on, ended_on,
    rule_version, seq, rate_bp, true as is_new
from claims_refunded
where status = 'open' and programme = 'referral'
union all
select
    concat('referral/', order_id) as claim_id, 'referral' as programme, sponsor_id as member_id, order_id, ordinal,
    base_order_id, cap, amount, cast(0 as bigint) as received, 'open' as status, cast($day as date) as claimed_on,
    cast(null as date) as ended_on, $version as rule_version, seq, rate_bp, true as is_new
from referral_claims
where amount > 0
