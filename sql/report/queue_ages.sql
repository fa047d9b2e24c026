-- grain:   one row per listed queue: when the oldest ticket that waits in it at the close had entered, and what came
--          into its pool in thirty days, today's pots included
-- reads:   queues_listed, first_tickets, changed_tickets, prior_inflows, changed_inflows
-- needs:   queues_listed
-- params:  day
-- returns: place, queue_id, tickets, need, oldest_on, inflow
with standing as (
    select t.queue_id, t.entered_on
    from first_tickets as t
    left join changed_tickets as c on t.queue_id = c.queue_id and t.ticket_no = c.ticket_no
    where t.status = 'waiting' and c.ticket_no is null
    union all
    select c.queue_id, c.entered_on
    from changed_tickets as c
    inner join queues_listed as q on c.queue_id = q.queue_id
    where c.status = 'waiting'
),
oldest as (
    select queue_id, min(entered_on) as oldest_on from standing group by queue_id
),
money as (
    select i.queue_id, i.amount
    from prior_inflows as i
    inner join queues_listed as q on i.queue_id = q.queue_id
    where i.paid_on > cast($day as date) - 30
    union all
    select queue_id, amount from changed_inflows
),
sums as (
    select queue_id, cast(sum(amount) as bigint) as inflow from money group by queue_id
)
select q.place, q.queue_id, q.tickets, q.need, o.oldest_on, coalesce(s.inflow, 0) as inflow
from queues_listed as q
left join oldest as o on q.queue_id = o.queue_id
left join sums as s on q.queue_id = s.queue_id
