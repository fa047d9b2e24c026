-- grain:   one row per ticket that changed today and did not enter today, as it stood before
-- reads:   refunded_tickets, tickets_refunded, exit_tickets, tickets_exited, tickets_paid, queue_numbers
-- params:  -
-- returns: queue_no, ticket_no, target, received, status
with asked as (
    select b.queue_id, b.ticket_no, b.target, b.received, b.status
    from refunded_tickets as b
    inner join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
    union all
    select b.queue_id, b.ticket_no, b.target, b.received, b.status
    from exit_tickets as b
    inner join tickets_exited as x on b.queue_id = x.queue_id and b.ticket_no = x.ticket_no
    left join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
    where r.ticket_no is null
)
select n.queue_no, a.ticket_no, a.target, a.received, a.status
from asked as a
inner join queue_numbers as n on a.queue_id = n.queue_id
union all
select b.queue_no, b.ticket_no, b.target, b.received, b.status
from tickets_paid as b
left join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
where r.ticket_no is null
