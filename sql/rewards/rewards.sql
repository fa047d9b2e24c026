-- grain:   one row per programme, kind, member, order, from_order and commodity (contract.md, rewards)
-- reads:   reward_rows
-- needs:   reward_rows
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
-- A ticket gets one payment of a kind from an order, an order one grant of a commodity: their rows differ as they are.
-- By the chain an order may pay one member for two reasons.
select programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
from reward_rows
where kind in ('fund', 'accelerate', 'grant') and programme <> 'chain' and amount <> 0
union all
select
    programme, kind, member_id, order_id, from_order_id, commodity,
    cast(sum(amount) as bigint) as amount,
    cast(max(paid_depth) as bigint) as paid_depth,
    max(rule_version) as rule_version
from reward_rows
where kind not in ('fund', 'accelerate', 'grant') or programme = 'chain'
group by programme, kind, member_id, order_id, from_order_id, commodity
having cast(sum(amount) as bigint) <> 0
