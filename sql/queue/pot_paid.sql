-- grain:   one row per ticket and piece of the common pot that pays it (seats)
-- reads:   seats_met, seat_needs
-- needs:   seat_needs, seats_met
-- params:  -
-- returns: queue_no, ticket_no, money_place, amount
-- A piece that reaches a ticket in two turns is one.
select p.lane as queue_no, n.ticket_no, p.money_place, cast(sum(p.amount) as bigint) as amount
from seats_met as p
inner join seat_needs as n on p.lane = n.lane and p.need_place = n.place
where n.again
group by p.lane, n.ticket_no, p.money_place
union all
select p.lane as queue_no, n.ticket_no, p.money_place, p.amount
from seats_met as p
inner join seat_needs as n on p.lane = n.lane and p.need_place = n.place
where not n.again
