-- grain:   one row per ticket and piece of the common pot that pays it
-- reads:   pot_met, pot_needs
-- params:  -
-- returns: queue_no, ticket_no, money_place, amount
-- A ticket has one payment of the common pot, except at the seats: there a piece that reaches it in two turns is one.
select p.lane as queue_no, n.ticket_no, p.money_place, cast(sum(p.amount) as bigint) as amount
from pot_met as p
inner join pot_needs as n on p.lane = n.lane and p.need_place = n.place
where n.again
group by p.lane, n.ticket_no, p.money_place
union all
select p.lane as queue_no, n.ticket_no, p.money_place, p.amount
from pot_met as p
inner join pot_needs as n on p.lane = n.lane and p.need_place = n.place
where not n.again
