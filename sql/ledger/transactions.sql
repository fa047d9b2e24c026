-- grain:   one row per transaction and commodity of today's journal
-- reads:   entries
-- needs:   entries
-- params:  -
-- returns: txn_id, commodity, debit, credit
select txn_id, commodity, cast(sum(debit) as bigint) as debit, cast(sum(credit) as bigint) as credit
from entries
group by txn_id, commodity
