-- grain:   one row per ticket that changed today and did not enter today, as it stood before
-- reads:   refunded_tickets, tickets_refunded, exit_tickets, tickets_exited, tickets_paid
-- params:  -
-- returns: queue_id, ticket_no, target, received, status
select b.queue_id, b.ticket_no, b.target, b.received, b.status
from refunded_tickets as b
inner join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
union all
select b.queue_id, b.ticket_no, b.target, b.received, b.status
from exit_tickets as b
inner join tickets_exited as x on b.queue_id = x.queue_id and b.ticket_no = x.ticket_no
left join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
where r.ticket_no is null
union all
select b.queue_id, b.ticket_no, b.target, b.received, b.status
from tickets_paid as b
left join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
where r.ticket_no is null
