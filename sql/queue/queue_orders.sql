-- grain:   one row per order that qualifies today, with its queue, its pot and its target (rules.md sections 3 and 6.1)
-- reads:   qualified, queues_of_merchants, queue_numbers
-- needs:   qualified, queue_numbers, queues_of_merchants
-- params:  queue_pot_bp, queue_target_bp, queue_target_max_fen, queue_min_order_fen
-- returns: order_id, seq, member_id, merchant_id, queue_no, pot, target
with sellers as (
    select m.merchant_id, n.queue_no
    from queues_of_merchants as m
    inner join queue_numbers as n on m.queue_id = n.queue_id
)
select
    q.order_id, q.seq, q.member_id, q.merchant_id, s.queue_no,
    mul_div(q.kept, $queue_pot_bp, 10000) as pot,
    case
        when q.kept < $queue_min_order_fen then 0
        when $queue_target_max_fen > 0
            then least(mul_div(q.kept, $queue_target_bp, 10000), $queue_target_max_fen)
        else mul_div(q.kept, $queue_target_bp, 10000)
    end as target
from qualified as q
inner join sellers as s on q.merchant_id = s.merchant_id
