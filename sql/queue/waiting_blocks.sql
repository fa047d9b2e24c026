-- grain:   one row per queue with a common pot and block of 128 ticket numbers in which somebody waits, with what all
--          earlier blocks still need after acceleration
-- reads:   tickets_waiting, accelerations, queue_layers
-- params:  -
-- returns: queue_id, block, pot, tickets_earlier, need_earlier
with pots as (
    select queue_id, cast(sum(amount) as bigint) as pot
    from queue_layers
    group by queue_id
),
needs as (
    select queue_id, mul_div(ticket_no, 1, 128) as block, count(*) as tickets, cast(sum(need) as bigint) as need
    from tickets_waiting
    group by queue_id, mul_div(ticket_no, 1, 128)
    union all
    select
        queue_id, mul_div(ticket_no, 1, 128) as block, cast(0 as bigint) as tickets,
        -cast(sum(amount) as bigint) as need
    from accelerations
    group by queue_id, mul_div(ticket_no, 1, 128)
),
blocks as (
    select queue_id, block, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from needs
    group by queue_id, block
)
select
    b.queue_id, b.block, p.pot,
    cast(sum(b.tickets) over (partition by b.queue_id order by b.block) as bigint) - b.tickets as tickets_earlier,
    cast(sum(b.need) over (partition by b.queue_id order by b.block) as bigint) - b.need as need_earlier
from blocks as b
inner join pots as p on b.queue_id = p.queue_id
