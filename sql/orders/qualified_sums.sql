-- grain:   one row: the orders that qualify today and what was kept of them, fen
-- reads:   qualified
-- needs:   -
-- params:  -
-- returns: orders, kept
select count(*) as orders, coalesce(cast(sum(kept) as bigint), 0) as kept
from qualified
