-- grain:   one row per claim that was paid today (contract.md, rewards)
-- reads:   claims_funded
-- needs:   claims_funded
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    programme, 'fund' as kind, member_id, order_id, '' as from_order_id, 'CNY' as commodity, paid as amount,
    1 as paid_depth, rule_version
from claims_funded
where paid > 0
