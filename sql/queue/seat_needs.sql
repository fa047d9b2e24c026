-- grain:   one row per payment of the seats, placed by turn and ticket number; 'again' where its ticket gets others
-- reads:   seat_payments
-- params:  -
-- returns: lane, place, amount, ticket_no, again
with repeated as (
    select queue_no, ticket_no
    from seat_payments
    where turn > 0
    group by queue_no, ticket_no
    having count(*) > 1
)
select
    p.queue_no as lane,
    cast(row_number() over (partition by p.queue_no order by p.turn, p.ticket_no) as bigint) as place,
    p.amount, p.ticket_no, r.ticket_no is not null as again
from seat_payments as p
left join repeated as r on p.queue_no = r.queue_no and p.ticket_no = r.ticket_no
