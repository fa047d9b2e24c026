-- grain:   one row per payment of the seats, placed by turn and ticket number; 'again' where its ticket gets others
-- reads:   seat_payments
-- needs:   seat_payments
-- params:  -
-- returns: lane, place, amount, ticket_no, again
-- A turn pays at most 10,000 seats, a hundredth of a percent or more to each: the place is made of the turn and of the
-- ticket's place in it.
with repeated as (
    select queue_no, ticket_no
    from seat_payments
    where turn > 0
    group by queue_no, ticket_no
    having count(*) > 1
)
select
    p.queue_no as lane,
    p.turn * 16384 + cast(row_number() over (partition by p.queue_no, p.turn order by p.ticket_no) as bigint) as place,
    p.amount, p.ticket_no, r.ticket_no is not null as again
from seat_payments as p
left join repeated as r on p.queue_no = r.queue_no and p.ticket_no = r.ticket_no
