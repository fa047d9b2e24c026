-- grain:   one row per lot of points that changed today, as it stands at the close (rules.md section 4.2)
-- reads:   lots_moved, lots_exited
-- needs:   lots_exited | lots_moved
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
select
    m.lot_id, m.programme, m.holder, m.order_id, m.granted, m."left", m.received, m.contribution, m.status, m.opened_on,
    m.closed_on, m.rule_version, m.seq, m.price, m.paid, m.concession_bp, m.period_in, m.period_out
from lots_moved as m
left join lots_exited as x on m.lot_id = x.lot_id
where x.lot_id is null
union all
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from lots_exited
