-- grain:   one row per lot of points that steps 2 to 4 changed, as they left it (rules.md section 4.2)
-- reads:   lots_refunded, lots_sold, priced_granted
-- needs:   lots_refunded | lots_sold | priced_granted
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
select
    r.lot_id, r.programme, r.holder, r.order_id, r.granted, r."left", r.received, r.contribution, r.status, r.opened_on,
    r.closed_on, r.rule_version, r.seq, r.price, r.paid, r.concession_bp, r.period_in, r.period_out
from lots_refunded as r
left join lots_sold as s on r.lot_id = s.lot_id
where s.lot_id is null
union all
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from lots_sold
union all
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from priced_granted
