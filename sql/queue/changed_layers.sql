-- grain:   one row per piece of queue money that is new today or was paid out in part or whole, or came back
-- reads:   layers_left, debts_collected, prior_layers
-- needs:   debts_collected | layers_left
-- params:  -
-- returns: queue_id, paid_on, seq, order_id, remaining
-- Debts collected today are paid out with the next day's pot (rules.md section 10.2).
with collected as (
    select holder as queue_id, cast(sum(amount) as bigint) as amount
    from debts_collected
    where account = 'pool_queue'
    group by holder
)
select l.queue_id, l.paid_on, l.seq, l.order_id, l.remaining + coalesce(c.amount, 0) as remaining
from layers_left as l
left join collected as c on l.seq = 0 and l.queue_id = c.queue_id
union all
select
    c.queue_id, cast('0001-01-01' as date) as paid_on, cast(0 as bigint) as seq, '' as order_id,
    c.amount + coalesce(p.remaining, 0) as remaining
from collected as c
left join prior_layers as p on c.queue_id = p.queue_id and p.seq = 0
where c.queue_id not in (select queue_id from layers_left where seq = 0)
