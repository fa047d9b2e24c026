-- grain:   one row per transaction and commodity, then one for all accounts (rules.md section 11.1)
-- reads:   entries, prior_balances, balances
-- needs:   -
-- params:  -
-- returns: name, expected, found
with transactions as (
    select
        concat('1 transaction ', txn_id, ' ', commodity) as name,
        cast(sum(debit) as bigint) as expected, cast(sum(credit) as bigint) as found
    from entries
    group by txn_id, commodity
),
movements as (
    select account, holder, commodity, balance as amount from prior_balances
    union all
    select
        account, holder, commodity,
        case
            when account in (
                'merchant_receivable', 'member_debt', 'bank', 'points_issued', 'vouchers_issued', 'green_issued',
                'points_redeemed', 'points_expired', 'vouchers_redeemed'
            ) then debit - credit
            else credit - debit
        end as amount
    from entries
    union all
    select account, holder, commodity, -balance as amount from balances
),
differences as (
    select account, holder, commodity, cast(sum(amount) as bigint) as amount
    from movements
    group by account, holder, commodity
)
select name, expected, found
from transactions
union all
select
    '1 accounts whose closing is not opening + movements' as name, cast(0 as bigint) as expected,
    cast(count(*) as bigint) as found
from differences
where amount <> 0
