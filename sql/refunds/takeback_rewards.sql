-- grain:   one row per take-back, the debt included (contract.md, rewards)
-- reads:   takebacks
-- needs:   takebacks
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    programme, 'clawback' as kind, member_id, order_id, '' as from_order_id, 'CNY' as commodity, -amount as amount,
    0 as paid_depth, rule_version
from takebacks
