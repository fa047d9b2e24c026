-- grain:   one row per piece of queue money that is new today or was paid out in part or whole, with what is left of it
-- reads:   queue_layers, pot_met
-- params:  -
-- returns: queue_id, paid_on, seq, order_id, remaining
with spent as (
    select lane, money_place, cast(sum(amount) as bigint) as amount
    from pot_met
    group by lane, money_place
),
standing as (
    select l.queue_id, l.paid_on, l.seq, l.order_id, l.before, l.amount - coalesce(s.amount, 0) as remaining
    from queue_layers as l
    left join spent as s on l.queue_id = s.lane and l.place = s.money_place
)
select queue_id, paid_on, seq, order_id, remaining
from standing
where remaining <> before
