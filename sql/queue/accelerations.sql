-- grain:   one row per acceleration: an order of today that paid a ticket directly (rules.md section 6.3.1)
-- reads:   direct_met, own_met, lanes_found
-- needs:   lanes_found, direct_met | own_met
-- params:  -
-- returns: queue_no, ticket_no, from_seq, amount, paid_depth
with met as (
    select lane, money_place, need_place, amount, 1 as paid_depth from direct_met
    union all
    select lane, money_place, need_place, amount, 0 as paid_depth from own_met
)
select
    f.queue_no, m.need_place as ticket_no, m.money_place as from_seq, m.amount,
    cast(m.paid_depth as bigint) as paid_depth
from met as m
inner join lanes_found as f on m.lane = f.lane
