-- grain:   one row per waiting ticket of a queue that has a common pot, with what it still needs after acceleration
-- reads:   tickets_waiting, accelerations, queue_layers
-- params:  -
-- returns: queue_id, ticket_no, need, pot
with pots as (
    select queue_id, cast(sum(amount) as bigint) as pot
    from queue_layers
    group by queue_id
),
filled as (
    select queue_id, ticket_no, cast(sum(amount) as bigint) as amount
    from accelerations
    group by queue_id, ticket_no
)
select w.queue_id, w.ticket_no, w.need - coalesce(f.amount, 0) as need, p.pot
from tickets_waiting as w
inner join pots as p on w.queue_id = p.queue_id
left join filled as f on w.queue_id = f.queue_id and w.ticket_no = f.ticket_no
where w.need > coalesce(f.amount, 0)
