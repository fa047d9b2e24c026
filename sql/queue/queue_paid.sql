-- grain:   one row per ticket, cause and order whose money it was: every payment of the queues today
-- reads:   pot_met, pot_money, pot_needs, accelerations, tickets_waiting, versions
-- params:  -
-- returns: queue_id, ticket_no, kind, order_id, member_id, from_order_id, amount, paid_depth, wallet, rule_version
with payments as (
    select
        n.lane as queue_id, n.ticket_no, 'fund' as kind, m.order_id as from_order_id, p.amount,
        cast(0 as bigint) as paid_depth
    from pot_met as p
    inner join pot_money as m on p.lane = m.lane and p.money_place = m.place
    inner join pot_needs as n on p.lane = n.lane and p.need_place = n.place
    union all
    select queue_id, ticket_no, 'accelerate' as kind, from_order_id, amount, paid_depth
    from accelerations
)
select
    p.queue_id, p.ticket_no, p.kind, w.order_id, w.member_id, p.from_order_id,
    cast(sum(p.amount) as bigint) as amount, max(p.paid_depth) as paid_depth, v.tax_queue as wallet, w.rule_version
from payments as p
inner join tickets_waiting as w on p.queue_id = w.queue_id and p.ticket_no = w.ticket_no
inner join versions as v on w.rule_version = v.version
group by
    p.queue_id, p.ticket_no, p.kind, w.order_id, w.member_id, p.from_order_id, v.tax_queue, w.rule_version
