-- grain:   one row per lot of circular purchase that changed today and that lives, or did in the morning
-- reads:   circular_lots
-- needs:   circular_lots
-- params:  day
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out
from circular_lots
where closed_on is null or closed_on = $day
