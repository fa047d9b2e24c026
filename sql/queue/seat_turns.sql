-- grain:   one row per order of today that contributed a pot: its turn at the seats (rules.md section 6.3.2, seats)
-- reads:   queue_orders, accelerations, queue_layers
-- needs:   queue_orders
-- params:  day
-- returns: queue_no, turn, part
with given as (
    select from_seq, cast(sum(amount) as bigint) as amount
    from accelerations
    group by from_seq
),
carries as (
    select queue_no, cast(sum(amount) as bigint) as amount
    from queue_layers
    where paid_on < $day
    group by queue_no
),
firsts as (
    select queue_no, min(seq) as turn
    from queue_orders
    where pot > 0
    group by queue_no
)
select
    o.queue_no, o.seq as turn, o.pot - coalesce(g.amount, 0) + coalesce(c.amount, 0) as part
from queue_orders as o
left join given as g on o.seq = g.from_seq
left join firsts as f on o.seq = f.turn and o.queue_no = f.queue_no
left join carries as c on f.queue_no = c.queue_no
where o.pot > 0
