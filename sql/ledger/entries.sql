-- grain:   one row per transaction, account, holder and commodity: the journal of the day (contract.md, entries)
-- reads:   postings
-- needs:   postings
-- params:  day, day_text
-- returns: txn_id, date, account, holder, commodity, debit, credit, memo
with sums as (
    select
        cause, account, holder, commodity, cast(sum(debit) as bigint) as debit, cast(sum(credit) as bigint) as credit
    from postings
    group by cause, account, holder, commodity
)
select
    concat($day_text, '/', cause) as txn_id,
    cast($day as date) as date,
    account, holder, commodity, debit, credit,
    concat(replace(cause, '/', ': '), ' of ', $day_text) as memo
from sums
