-- grain:   one row per transaction and commodity, then one per account and commodity (rules.md section 11.1)
-- reads:   entries, prior_balances, balances
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
    select account, commodity, balance as amount from prior_balances
    union all
    select
        account, commodity,
        case
            when account in (
                'merchant_receivable', 'member_debt', 'bank', 'points_issued', 'vouchers_issued', 'green_issued',
                'points_redeemed', 'points_expired', 'vouchers_redeemed'
            ) then debit - credit
            else credit - debit
        end as amount
    from entries
),
expected as (
    select account, commodity, cast(sum(amount) as bigint) as amount from movements group by account, commodity
),
found as (
    select account, commodity, cast(sum(balance) as bigint) as amount from balances group by account, commodity
)
select name, expected, found
from transactions
union all
select
    concat('1 account ', e.account, ' ', e.commodity) as name, e.amount as expected, coalesce(f.amount, 0) as found
from expected as e
left join found as f on e.account = f.account and e.commodity = f.commodity
