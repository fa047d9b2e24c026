-- grain:   one row per control of tickets: how many break it (rules.md sections 11.3 and 11.4)
-- reads:   changed_tickets, tickets_before, ticket_money, ticket_steps, queue_needs, queue_payments, queue_numbers
-- params:  queue_mode_today
-- returns: name, expected, found
with moved as (
    select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
    from (
        select queue_no, ticket_no, amount from ticket_money
        union all
        select n.queue_no, t.ticket_no, -t.taken_back as amount
        from ticket_steps as t
        inner join queue_numbers as n on t.queue_id = n.queue_id
    ) as movements
    group by queue_no, ticket_no
),
tickets as (
    select
        case when t.received < 0 or t.received > t.target then 1 else 0 end as out_of_range,
        case when t.received - coalesce(p.received, 0) <> coalesce(m.amount, 0) then 1 else 0 end as not_its_payments
    from changed_tickets as t
    left join tickets_before as p on t.queue_no = p.queue_no and t.ticket_no = p.ticket_no
    left join moved as m on t.queue_no = m.queue_no and t.ticket_no = m.ticket_no
),
common_pot as (
    select
        n.queue_no,
        min(case when n.need > coalesce(p.amount, 0) then n.ticket_no end) as first_unfilled,
        max(case when p.amount > 0 then n.ticket_no end) as last_paid
    from queue_needs as n
    left join queue_payments as p on n.queue_no = p.queue_no and n.ticket_no = p.ticket_no
    group by n.queue_no
)
select '3 tickets received outside 0 .. target' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(out_of_range) as bigint), 0) as found
from tickets
union all
select '3 tickets whose received is not payments less take-backs' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(not_its_payments) as bigint), 0) as found
from tickets
union all
select '4 fifo queues where a ticket overtook' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from common_pot
where $queue_mode_today = 'fifo' and first_unfilled < last_paid
