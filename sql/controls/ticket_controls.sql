-- grain:   one row per control of tickets: how many break it (rules.md sections 11.3 and 11.4)
-- reads:   changed_tickets, tickets_funded, tickets_refunded, refunded_tickets, tickets_exited, exits_standing,
--          tickets_entered, pot_paid, accelerations, ticket_steps, queue_numbers, queue_needs, pot_payments
-- needs:   -
-- params:  queue_mode_today
-- returns: name, expected, found
with stepped as (
    select r.queue_id, r.ticket_no, r.received - b.received as amount
    from tickets_refunded as r
    inner join refunded_tickets as b on r.queue_id = b.queue_id and r.ticket_no = b.ticket_no
    union all
    select x.queue_id, x.ticket_no, x.received - b.received as amount
    from tickets_exited as x
    inner join exits_standing as b on x.queue_id = b.queue_id and x.ticket_no = b.ticket_no
    union all
    select queue_id, ticket_no, taken_back as amount
    from ticket_steps
),
-- By how much received changed, less payments, and with what was taken back: nothing is left of a ticket.
movements as (
    select queue_no, ticket_no, received - received_before as amount from tickets_funded
    union all
    select queue_no, ticket_no, received as amount from tickets_entered where received <> 0
    union all
    select n.queue_no, s.ticket_no, s.amount
    from stepped as s
    inner join queue_numbers as n on s.queue_id = n.queue_id
    union all
    select queue_no, ticket_no, -amount as amount from pot_paid
    union all
    select queue_no, ticket_no, -amount as amount from accelerations
),
unexplained as (
    select queue_no, ticket_no
    from movements
    group by queue_no, ticket_no
    having cast(sum(amount) as bigint) <> 0
),
common_pot as (
    select
        n.queue_no,
        min(case when n.need > coalesce(p.amount, 0) then n.ticket_no end) as first_unfilled,
        max(case when p.amount > 0 then n.ticket_no end) as last_paid
    from queue_needs as n
    left join pot_payments as p on n.queue_no = p.queue_no and n.ticket_no = p.ticket_no
    where $queue_mode_today = 'fifo'
    group by n.queue_no
)
select '3 tickets received outside 0 .. target' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from changed_tickets
where received < 0 or received > target
union all
select '3 tickets whose received is not payments less take-backs' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from unexplained
union all
select '4 fifo queues where a ticket overtook' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from common_pot
where first_unfilled < last_paid
