-- grain:   one row per rule version, entry period and end for which the right of a resized lot is asked
-- reads:   green_lots_resized
-- needs:   green_lots_resized
-- params:  -
-- returns: rule_version, period_in, period_out
select distinct rule_version, period_in, period_out
from green_lots_resized
