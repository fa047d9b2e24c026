-- grain:   one row per order that qualifies today, with its queue, its pot and its target (rules.md sections 3 and 6.1)
-- reads:   qualified, prior_merchants, taken_merchants
-- params:  queue_scope, queue_pot_bp, queue_target_bp, queue_target_max_fen, queue_min_order_fen
-- returns: order_id, seq, member_id, merchant_id, queue_id, pot, target
with groups as (
    select m.merchant_id, m.merchant_group
    from prior_merchants as m
    left join taken_merchants as t on m.merchant_id = t.merchant_id
    where t.merchant_id is null
    union all
    select merchant_id, merchant_group from taken_merchants
)
select
    q.order_id, q.seq, q.member_id, q.merchant_id,
    case
        when $queue_scope = 'platform' then 'platform'
        when $queue_scope = 'group' and coalesce(g.merchant_group, '') <> '' then concat('group/', g.merchant_group)
        else concat('merchant/', q.merchant_id)
    end as queue_id,
    mul_div(q.kept, $queue_pot_bp, 10000) as pot,
    case
        when q.kept < $queue_min_order_fen then 0
        when $queue_target_max_fen > 0
            then least(mul_div(q.kept, $queue_target_bp, 10000), $queue_target_max_fen)
        else mul_div(q.kept, $queue_target_bp, 10000)
    end as target
from qualified as q
left join groups as g on q.merchant_id = g.merchant_id
