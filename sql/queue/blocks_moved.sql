-- grain:   one row per queue and block in which late refunds and exits changed what waits
-- reads:   refunded_tickets, tickets_refunded, tickets_exited, exits_standing
-- needs:   exits_standing | tickets_refunded, tickets_exited | tickets_refunded
-- params:  -
-- returns: queue_id, block, tickets, need
with moves as (
    select b.queue_id, b.ticket_no, cast(-1 as bigint) as tickets, b.received - b.target as need
    from refunded_tickets as b
    inner join tickets_refunded as r on b.queue_id = r.queue_id and b.ticket_no = r.ticket_no
    where b.status = 'waiting'
    union all
    select queue_id, ticket_no, cast(1 as bigint) as tickets, target - received as need
    from tickets_refunded
    where status = 'waiting'
    union all
    select s.queue_id, s.ticket_no, cast(-1 as bigint) as tickets, s.received - s.target as need
    from exits_standing as s
    inner join tickets_exited as x on s.queue_id = x.queue_id and s.ticket_no = x.ticket_no
)
select
    queue_id, ticket_no // 32 as block, cast(sum(tickets) as bigint) as tickets,
    cast(sum(need) as bigint) as need
from moves
group by queue_id, ticket_no // 32
