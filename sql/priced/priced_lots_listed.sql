-- grain:   one row per lot of points that changed today, as people see it (contract.md, lots)
-- reads:   priced_lots
-- needs:   priced_lots
-- params:  -
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, within
select
    lot_id, programme, holder, order_id, granted, "left", received, contribution, status, opened_on, closed_on,
    rule_version, order_id as within
from priced_lots
