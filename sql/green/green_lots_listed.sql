-- grain:   one row per lot of green points that changed, as people see it (contract.md, lots)
-- reads:   changed_green_lots
-- needs:   changed_green_lots
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, within
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, substr(lot_id, 7) as within
from changed_green_lots
