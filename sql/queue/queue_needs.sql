-- grain:   one row per waiting ticket among those found, of a queue with a common pot, with what it still needs after
--          acceleration
-- reads:   tickets_waiting, accelerations, queue_pots
-- needs:   queue_pots, tickets_waiting
-- params:  -
-- returns: queue_no, ticket_no, need, pot
with filled as (
    select queue_no, ticket_no, cast(sum(amount) as bigint) as amount
    from accelerations
    group by queue_no, ticket_no
)
select w.queue_no, w.ticket_no, w.need - coalesce(f.amount, 0) as need, p.pot
from tickets_waiting as w
inner join queue_pots as p on w.queue_no = p.queue_no
left join filled as f on w.queue_no = f.queue_no and w.ticket_no = f.ticket_no
where w.need > coalesce(f.amount, 0)
