-- grain:   one row per claim of the chain that was paid today (contract.md, rewards)
-- reads:   chain_claims_funded
-- needs:   chain_claims_funded
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    programme, 'fund' as kind, member_id, order_id, '' as from_order_id, 'CNY' as commodity, paid as amount,
    depth as paid_depth, rule_version
from chain_claims_funded
where paid > 0
