-- grain:   one row per order of today that contributed a pot: its turn at the seats (rules.md section 6.3.2, seats)
-- reads:   queue_orders, accelerations, queue_layers
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
turns as (
    select
        o.queue_no, o.seq as turn, o.pot - coalesce(g.amount, 0) as part,
        row_number() over (partition by o.queue_no order by o.seq) as place
    from queue_orders as o
    left join given as g on o.seq = g.from_seq
    where o.pot > 0
)
select t.queue_no, t.turn, t.part + case when t.place = 1 then coalesce(c.amount, 0) else 0 end as part
from turns as t
left join carries as c on t.queue_no = c.queue_no
