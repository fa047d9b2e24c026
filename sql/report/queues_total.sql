-- grain:   one row: all queues in which tickets wait at the close, and what came into their pools in thirty days,
--          today's pots included
-- reads:   queues_waiting, prior_inflows, changed_inflows
-- needs:   -
-- params:  day
-- returns: queues, tickets, need, inflow
with money as (
    select queue_id, amount from prior_inflows where paid_on > cast($day as date) - 30
    union all
    select queue_id, amount from changed_inflows
),
sums as (
    select cast(sum(m.amount) as bigint) as inflow
    from money as m
    inner join queues_waiting as w on m.queue_id = w.queue_id
),
waiting as (
    select count(*) as queues, cast(sum(tickets) as bigint) as tickets, cast(sum(need) as bigint) as need
    from queues_waiting
)
select
    w.queues, coalesce(w.tickets, 0) as tickets, coalesce(w.need, 0) as need, coalesce(s.inflow, 0) as inflow
from waiting as w
cross join sums as s
