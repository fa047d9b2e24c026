-- grain:   one row per claim that an order of today makes, before any is paid
-- reads:   chain_awards
-- needs:   chain_awards
-- params:  day, version
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
select
    concat('chain/', order_id, '/', award) as claim_id, 'chain' as programme, member_id, order_id,
    cast(null as bigint) as ordinal, '' as base_order_id, cap, amount, cast(0 as bigint) as received,
    case when is_blocked then 'blocked_depth' else 'open' end as status, cast($day as date) as claimed_on,
    cast(null as date) as ended_on, $version as rule_version, seq, rate_bp
from chain_awards
