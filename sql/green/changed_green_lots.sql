-- grain:   one row per lot of green points that changed today, as it stands at the close
-- reads:   green_lots_released, green_lots_refunded, green_lots_granted
-- needs:   green_lots_granted | green_lots_refunded | green_lots_released
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from green_lots_released
union all
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from green_lots_refunded
where lot_id not in (select lot_id from green_lots_released)
union all
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from green_lots_granted
where lot_id not in (select lot_id from green_lots_released)
