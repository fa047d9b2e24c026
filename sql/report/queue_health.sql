-- grain:   one row per queue that moved today
-- reads:   changed_tickets, ticket_money, queue_numbers
-- params:  day
-- returns: queue_id, received, tickets, done, entered
with money as (
    select queue_no, cast(sum(amount) as bigint) as amount, count(distinct ticket_no) as paid
    from ticket_money
    group by queue_no
),
parts as (
    select n.queue_id, m.amount as received, m.paid, 0 as done, 0 as entered
    from money as m
    inner join queue_numbers as n on m.queue_no = n.queue_no
    union all
    select
        queue_id, 0 as received, 0 as paid, case when status = 'done' and ended_on = $day then 1 else 0 end as done,
        case when entered_on = $day then 1 else 0 end as entered
    from changed_tickets
)
select
    queue_id, cast(sum(received) as bigint) as received, cast(sum(paid) as bigint) as tickets,
    cast(sum(done) as bigint) as done, cast(sum(entered) as bigint) as entered
from parts
group by queue_id
