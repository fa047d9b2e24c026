-- grain:   one row per account, holder and commodity that is not zero at the close (contract.md, balances)
-- reads:   prior_balances, entries
-- needs:   entries | prior_balances
-- params:  -
-- returns: account, holder, commodity, balance
with movements as (
    select account, holder, commodity, balance as amount
    from prior_balances
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
),
sums as (
    select account, holder, commodity, cast(sum(amount) as bigint) as balance
    from movements
    group by account, holder, commodity
)
select account, holder, commodity, balance
from sums
where balance <> 0
