-- grain:   one row per pool that holds money before or after today, or moved some; what debtors owe a pool is in none
-- reads:   prior_balances, balances, entries
-- needs:   balances | entries | prior_balances
-- params:  -
-- returns: account, holder, opening, came_in, went_out, closing
with parts as (
    select account, holder, balance as opening, 0 as came_in, 0 as went_out, 0 as closing
    from prior_balances
    where substr(account, 1, 5) = 'pool_' and account <> 'pool_due' or account = 'voucher_backing'
    union all
    select account, holder, 0 as opening, credit as came_in, debit as went_out, 0 as closing
    from entries
    where substr(account, 1, 5) = 'pool_' and account <> 'pool_due' or account = 'voucher_backing'
    union all
    select account, holder, 0 as opening, 0 as came_in, 0 as went_out, balance as closing
    from balances
    where substr(account, 1, 5) = 'pool_' and account <> 'pool_due' or account = 'voucher_backing'
)
select
    account, holder, cast(sum(opening) as bigint) as opening, cast(sum(came_in) as bigint) as came_in,
    cast(sum(went_out) as bigint) as went_out, cast(sum(closing) as bigint) as closing
from parts
group by account, holder
having max(abs(opening)) > 0 or max(came_in) > 0 or max(went_out) > 0 or max(abs(closing)) > 0
