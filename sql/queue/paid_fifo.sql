-- grain:   one row per ticket that the common pot pays in turn (rules.md section 6.3.2, fifo)
-- reads:   queue_needs
-- params:  -
-- returns: queue_no, ticket_no, amount
with running as (
    select
        queue_no, ticket_no, need, pot,
        cast(sum(need) over (partition by queue_no order by ticket_no) as bigint) - need as earlier
    from queue_needs
)
select queue_no, ticket_no, least(need, pot - earlier) as amount
from running
where pot > earlier
