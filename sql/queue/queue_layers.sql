-- grain:   one row per piece of money in a queue's common pot today, placed in the order in which it is paid out
--          (rules.md section 6.3.3); seq 0 is what came back
-- reads:   prior_layers, takebacks, queue_orders, queue_numbers, accelerations
-- needs:   queue_numbers | queue_orders, prior_layers | queue_orders | takebacks
-- params:  day
-- returns: queue_no, place, paid_on, seq, order_id, amount, before
-- The place is made of the day and the sequence of the order, which has 36 bits: no queue is put in order for it.
with given as (
    select from_seq, cast(sum(amount) as bigint) as amount
    from accelerations
    group by from_seq
),
came_back as (
    select queue_id, remaining as amount, remaining as before
    from prior_layers
    where remaining > 0 and seq = 0
    union all
    select holder as queue_id, covered as amount, cast(0 as bigint) as before
    from takebacks
    where account = 'pool_queue'
),
older as (
    select queue_id, paid_on, seq, order_id, remaining as amount, remaining as before
    from prior_layers
    where remaining > 0 and seq > 0
    union all
    select
        queue_id, cast('0001-01-01' as date) as paid_on, cast(0 as bigint) as seq, '' as order_id,
        cast(sum(amount) as bigint) as amount, cast(sum(before) as bigint) as before
    from came_back
    group by queue_id
),
pieces as (
    select n.queue_no, o.paid_on, o.seq, o.order_id, o.amount, o.before
    from older as o
    inner join queue_numbers as n on o.queue_id = n.queue_id
    union all
    select
        o.queue_no, cast($day as date) as paid_on, o.seq, o.order_id, o.pot - coalesce(g.amount, 0) as amount,
        cast(0 as bigint) as before
    from queue_orders as o
    left join given as g on o.seq = g.from_seq
)
select
    queue_no, date_diff('day', cast('0001-01-01' as date), paid_on) * 68719476736 + seq as place, paid_on, seq, order_id,
    amount, before
from pieces
where amount > 0
