-- grain:   one row per queue and block of 32 ticket numbers in which today changed what waits, as it stands at the close
-- reads:   changed_tickets, tickets_before, prior_blocks
-- params:  -
-- returns: queue_id, block, tickets, need
with moves as (
    select queue_id, ticket_no, cast(1 as bigint) as tickets, target - received as need
    from changed_tickets
    where status = 'waiting'
    union all
    select queue_id, ticket_no, cast(-1 as bigint) as tickets, received - target as need
    from tickets_before
    where status = 'waiting'
),
sums as (
    select
        queue_id, mul_div(ticket_no, 1, 32) as block, cast(sum(tickets) as bigint) as tickets,
        cast(sum(need) as bigint) as need
    from moves
    group by queue_id, mul_div(ticket_no, 1, 32)
)
select
    s.queue_id, s.block, s.tickets + coalesce(p.tickets, 0) as tickets, s.need + coalesce(p.need, 0) as need
from sums as s
left join prior_blocks as p on s.queue_id = p.queue_id and s.block = p.block
where s.tickets <> 0 or s.need <> 0
