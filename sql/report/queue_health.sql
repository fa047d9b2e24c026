-- grain:   one row per queue that moved today
-- reads:   changed_tickets, tickets_funded, queue_numbers
-- needs:   changed_tickets, queue_numbers
-- params:  day
-- returns: queue_id, received, tickets, done, entered
with money as (
    select queue_no, cast(sum(funded + accelerated) as bigint) as received, count(*) as tickets
    from tickets_funded
    group by queue_no
),
moved as (
    select
        queue_no,
        cast(sum(case when status = 'done' and ended_on = $day then 1 else 0 end) as bigint) as done,
        cast(sum(case when entered_on = $day then 1 else 0 end) as bigint) as entered
    from changed_tickets
    group by queue_no
)
-- Whose tickets received money has changed tickets.
select
    n.queue_id, coalesce(m.received, 0) as received, coalesce(m.tickets, 0) as tickets, c.done, c.entered
from moved as c
inner join queue_numbers as n on c.queue_no = n.queue_no
left join money as m on c.queue_no = m.queue_no
