-- grain:   one row per ticket and piece of the common pot that pays it
-- reads:   pot_met, pot_needs
-- params:  -
-- returns: queue_id, ticket_no, money_place, amount
select p.lane as queue_id, n.ticket_no, p.money_place, cast(sum(p.amount) as bigint) as amount
from pot_met as p
inner join pot_needs as n on p.lane = n.lane and p.need_place = n.place
group by p.lane, n.ticket_no, p.money_place
