-- grain:   one row per block of tickets that today's common pot can reach: the first that need it (fifo), or as many as
--          there are seats (seats)
-- reads:   waiting_blocks, queue_orders
-- needs:   waiting_blocks
-- params:  queue_mode_today, queue_seats_today
-- returns: queue_no, block, name
with turns as (
    select queue_no, count(*) as turns
    from queue_orders
    where pot > 0
    group by queue_no
)
select b.queue_no, b.block, concat(b.queue_id, '|', cast(b.block as varchar)) as name
from waiting_blocks as b
left join turns as t on b.queue_no = t.queue_no
where
    case
        when $queue_mode_today = 'fifo' then b.need_earlier < b.pot
        -- A turn fills no more tickets than it has seats, and pays those that sit then.
        else b.tickets_earlier < $queue_seats_today * (coalesce(t.turns, 0) + 1)
    end
