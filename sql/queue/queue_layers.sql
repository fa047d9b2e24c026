-- grain:   one row per piece of money in a queue's common pot today, in the order in which it is paid out
--          (rules.md section 6.3.3); seq 0 is what came back
-- reads:   prior_layers, takebacks, queue_orders, accelerations
-- params:  day
-- returns: queue_id, paid_on, seq, order_id, amount
with given as (
    select from_seq, cast(sum(amount) as bigint) as amount
    from accelerations
    group by from_seq
),
returned as (
    select holder as queue_id, cast(sum(covered) as bigint) as amount
    from takebacks
    where account = 'pool_queue'
    group by holder
),
pieces as (
    select queue_id, paid_on, seq, order_id, remaining as amount
    from prior_layers
    where remaining > 0
    union all
    select queue_id, cast('0001-01-01' as date) as paid_on, cast(0 as bigint) as seq, '' as order_id, amount
    from returned
    union all
    select o.queue_id, cast($day as date) as paid_on, o.seq, o.order_id, o.pot - coalesce(g.amount, 0) as amount
    from queue_orders as o
    left join given as g on o.seq = g.from_seq
)
select queue_id, paid_on, seq, order_id, cast(sum(amount) as bigint) as amount
from pieces
where amount > 0
group by queue_id, paid_on, seq, order_id
