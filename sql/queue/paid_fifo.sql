-- grain:   one row per ticket that the common pot pays in turn (rules.md section 6.3.2, fifo)
-- reads:   queue_needs
-- needs:   queue_needs
-- params:  -
-- returns: queue_no, ticket_no, amount
-- What earlier tickets need is summed in two levels, blocks of a queue's tickets and the tickets of each, so that no one
-- sort holds a whole queue. A block is one number, its queue and 22 bits.
with needs as (
    select queue_no, ticket_no, need, pot, queue_no * 4194304 + ticket_no // 1048576 as block from queue_needs
),
blocks as (
    select block, max(queue_no) as queue_no, cast(sum(need) as bigint) as need
    from needs
    group by block
),
starts as (
    select block, cast(sum(need) over (partition by queue_no order by block) as bigint) - need as earlier
    from blocks
),
within as (
    select
        queue_no, ticket_no, need, pot, block,
        cast(sum(need) over (partition by block order by ticket_no) as bigint) - need as earlier
    from needs
),
running as (
    select w.queue_no, w.ticket_no, w.need, w.pot, s.earlier + w.earlier as earlier
    from within as w
    inner join starts as s on w.block = s.block
)
select queue_no, ticket_no, least(need, pot - earlier) as amount
from running
where pot > earlier
