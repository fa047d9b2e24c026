-- grain:   one row per queue and block of 32 ticket numbers in which today changed what waits, as it stands at the close
-- reads:   blocks_moved, tickets_funded, tickets_entered, prior_blocks, queue_numbers
-- needs:   queue_numbers, blocks_moved | tickets_entered | tickets_funded
-- params:  -
-- returns: queue_id, block, tickets, need
with moves as (
    select n.queue_no, b.block, b.tickets, b.need
    from blocks_moved as b
    inner join queue_numbers as n on b.queue_id = n.queue_id
    union all
    select
        queue_no, ticket_no // 32 as block, case when status = 'done' then -1 else 0 end as tickets,
        -(funded + accelerated) as need
    from tickets_funded
    union all
    select queue_no, ticket_no // 32 as block, 1 as tickets, target as need
    from tickets_entered
),
sums as (
    select queue_no, block, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from moves
    group by queue_no, block
)
select
    n.queue_id, s.block, s.tickets + coalesce(p.tickets, 0) as tickets, s.need + coalesce(p.need, 0) as need
from sums as s
inner join queue_numbers as n on s.queue_no = n.queue_no
left join prior_blocks as p on n.queue_id = p.queue_id and s.block = p.block
where s.tickets <> 0 or s.need <> 0
