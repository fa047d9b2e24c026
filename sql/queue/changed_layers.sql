-- grain:   one row per piece of queue money that is new today or was paid out in part or whole, or came back
-- reads:   queue_layers, pot_met, pot_money, prior_layers, debts_collected
-- params:  -
-- returns: queue_id, paid_on, seq, order_id, remaining
with spent as (
    select m.lane as queue_id, m.paid_on, m.seq, cast(sum(p.amount) as bigint) as amount
    from pot_met as p
    inner join pot_money as m on p.lane = m.lane and p.money_place = m.place
    group by m.lane, m.paid_on, m.seq
),
pieces as (
    select l.queue_id, l.paid_on, l.seq, l.order_id, l.amount - coalesce(s.amount, 0) as amount
    from queue_layers as l
    left join spent as s on l.queue_id = s.queue_id and l.paid_on = s.paid_on and l.seq = s.seq
    union all
    -- Debts collected today are paid out with the next day's pot (rules.md section 10.2).
    select
        holder as queue_id, cast('0001-01-01' as date) as paid_on, cast(0 as bigint) as seq, '' as order_id, amount
    from debts_collected
    where account = 'pool_queue'
),
sums as (
    select queue_id, paid_on, seq, order_id, cast(sum(amount) as bigint) as remaining
    from pieces
    group by queue_id, paid_on, seq, order_id
)
select s.queue_id, s.paid_on, s.seq, s.order_id, s.remaining
from sums as s
left join prior_layers as p on s.queue_id = p.queue_id and s.paid_on = p.paid_on and s.seq = p.seq
where s.remaining <> coalesce(p.remaining, 0)
