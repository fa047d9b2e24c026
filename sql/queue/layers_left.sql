-- grain:   one row per piece of queue money that is new today or was paid out in part or whole, with what is left of it
-- reads:   queue_layers, pot_paid, queue_numbers
-- needs:   queue_layers, queue_numbers
-- params:  -
-- returns: queue_id, paid_on, seq, order_id, remaining
with spent as (
    select queue_no, money_place, cast(sum(amount) as bigint) as amount
    from pot_paid
    group by queue_no, money_place
),
standing as (
    select l.queue_no, l.paid_on, l.seq, l.order_id, l.before, l.amount - coalesce(s.amount, 0) as remaining
    from queue_layers as l
    left join spent as s on l.queue_no = s.queue_no and l.place = s.money_place
)
select n.queue_id, s.paid_on, s.seq, s.order_id, s.remaining
from standing as s
inner join queue_numbers as n on s.queue_no = n.queue_no
where s.remaining <> s.before
