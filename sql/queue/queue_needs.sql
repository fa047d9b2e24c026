-- grain:   one row per waiting ticket that today's common pot can reach, with what it still needs after acceleration
-- reads:   tickets_waiting, accelerations, blocks_reached
-- params:  -
-- returns: queue_no, ticket_no, need, pot
with filled as (
    select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
    from accelerations
    group by queue_no, ticket_no
)
select w.queue_no, w.ticket_no, w.need - coalesce(f.amount, 0) as need, b.pot
from tickets_waiting as w
inner join blocks_reached as b on w.queue_no = b.queue_no and w.ticket_no // 32 = b.block
left join filled as f on w.queue_no = f.queue_no and w.ticket_no = f.ticket_no
where w.need > coalesce(f.amount, 0)
