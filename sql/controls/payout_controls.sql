-- grain:   one row per figure of the payouts: files, table and ledger agree (rules.md section 11.6)
-- reads:   payouts, payout_files_read, entries
-- needs:   -
-- params:  day_text
-- returns: name, expected, found
with cut as (
    select count(*) as rows_count, coalesce(cast(sum(net) as bigint), 0) as net, coalesce(cast(sum(tax) as bigint), 0) as tax
    from payouts
),
files as (
    select
        coalesce(cast(sum(rows_count) as bigint), 0) as rows_count, coalesce(cast(sum(net) as bigint), 0) as net
    from payout_files_read
),
journal as (
    select
        coalesce(cast(sum(case when account = 'payout_in_transit' then credit - debit else 0 end) as bigint), 0) as net,
        coalesce(cast(sum(case when account = 'tax_withheld' then credit - debit else 0 end) as bigint), 0) as tax
    from entries
    where txn_id = concat($day_text, '/payout/cut')
)
select '6 payout files rows' as name, cast(c.rows_count as bigint) as expected, f.rows_count as found
from cut as c cross join files as f
union all
select '6 payout files net fen' as name, c.net as expected, f.net as found
from cut as c cross join files as f
union all
select '6 payout_in_transit movement fen' as name, c.net as expected, j.net as found
from cut as c cross join journal as j
union all
select '6 tax_withheld movement fen' as name, c.tax as expected, j.tax as found
from cut as c cross join journal as j
