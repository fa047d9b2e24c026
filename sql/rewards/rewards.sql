-- grain:   one row per programme, kind, member, order, from_order and commodity (contract.md, rewards)
-- reads:   reward_rows
-- params:  day_text
-- returns: reward_id, programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
with sums as (
    select
        programme, kind, member_id, order_id, from_order_id, commodity,
        cast(sum(amount) as bigint) as amount,
        cast(max(paid_depth) as bigint) as paid_depth,
        max(rule_version) as rule_version
    from reward_rows
    group by programme, kind, member_id, order_id, from_order_id, commodity
)
select
    concat(
        $day_text, '/',
        cast(
            row_number() over (order by programme, kind, member_id, order_id, from_order_id, commodity) as varchar
        )
    ) as reward_id,
    programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
from sums
where amount <> 0
