-- grain:   one row per queue and block of 32 ticket numbers in which today changed what waits, as it stands at the close
-- reads:   changed_tickets, tickets_before, prior_blocks, queue_numbers
-- params:  -
-- returns: queue_id, block, tickets, need
with moves as (
    select queue_no, ticket_no, cast(1 as bigint) as tickets, target - received as need
    from changed_tickets
    where status = 'waiting'
    union all
    select queue_no, ticket_no, cast(-1 as bigint) as tickets, received - target as need
    from tickets_before
    where status = 'waiting'
),
sums as (
    select
        queue_no, mul_div(ticket_no, 1, 32) as block, cast(sum(tickets) as bigint) as tickets,
        cast(sum(need) as bigint) as need
    from moves
    group by queue_no, mul_div(ticket_no, 1, 32)
)
select
    n.queue_id, s.block, s.tickets + coalesce(p.tickets, 0) as tickets, s.need + coalesce(p.need, 0) as need
from sums as s
inner join queue_numbers as n on s.queue_no = n.queue_no
left join prior_blocks as p on n.queue_id = p.queue_id and s.block = p.block
where s.tickets <> 0 or s.need <> 0
