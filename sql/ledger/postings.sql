-- grain:   one row per movement on an account, with the programme and cause of its transaction
-- reads:   moves, debt_moves, scheme_postings, payout_postings
-- needs:   debt_moves | moves | payout_postings | scheme_postings
-- params:  -
-- returns: cause, account, holder, commodity, debit, credit
with sides as (
    select cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount from moves
    union all
    select cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount from debt_moves
)
select cause, debit_account as account, debit_holder as holder, commodity, amount as debit, cast(0 as bigint) as credit
from sides
where amount <> 0
union all
select cause, credit_account as account, credit_holder as holder, commodity, cast(0 as bigint) as debit, amount as credit
from sides
where amount <> 0
union all
select cause, account, holder, commodity, debit, credit
from payout_postings
union all
select cause, account, holder, commodity, debit, credit
from scheme_postings
