-- grain:   one row per kind of account that may not go below zero, then one per programme with a pool
--          (rules.md section 11.2)
-- reads:   balances, prior_balances, reward_sums, moves
-- needs:   -
-- params:  -
-- returns: name, expected, found
with negatives as (
    select
        case
            when account = 'voucher_backing' then 'voucher_backing'
            when substr(account, 1, 5) = 'pool_' then 'pools'
            else 'wallets'
        end as kind,
        case when balance < 0 then 1 else 0 end as below
    from balances
    where account = 'voucher_backing' or substr(account, 1, 5) = 'pool_' or substr(account, 1, 14) = 'member_wallet_'
),
kinds as (
    select 'pools' as kind
    union all
    select 'wallets' as kind
    union all
    select 'voucher_backing' as kind
),
below_zero as (
    select
        concat('2 ', k.kind, ' below zero') as name, cast(0 as bigint) as expected,
        cast(coalesce(cast(sum(n.below) as bigint), 0) as bigint) as found
    from kinds as k
    left join negatives as n on k.kind = n.kind
    group by k.kind
),
held as (
    select
        case when account = 'pool_due' then substr(holder, 6, strpos(holder, '/') - 6) else substr(account, 6) end as programme,
        balance as amount
    from balances
    where substr(account, 1, 5) = 'pool_'
    union all
    select
        case when account = 'pool_due' then substr(holder, 6, strpos(holder, '/') - 6) else substr(account, 6) end as programme,
        -balance as amount
    from prior_balances
    where substr(account, 1, 5) = 'pool_'
),
grown as (
    select programme, cast(sum(amount) as bigint) as amount from held group by programme
),
flows as (
    select substr(credit_account, 6) as programme, amount
    from moves
    where debit_account = 'merchant_receivable' and substr(credit_account, 1, 5) = 'pool_'
    union all
    -- What brought a merchant's referrer his grant is paid by the merchant, not by the pool (rules.md section 7).
    select programme, -amount as amount
    from reward_sums
    where commodity = 'CNY' and not (programme = 'green' and kind = 'grant')
    union all
    -- Money behind vouchers, and what a pool that owes nobody leaves to the platform.
    select substr(debit_account, 6) as programme, -amount as amount
    from moves
    where substr(debit_account, 1, 5) = 'pool_' and credit_account in ('voucher_backing', 'platform_income')
    union all
    select substr(credit_account, 6) as programme, amount
    from moves
    where substr(credit_account, 1, 5) = 'pool_' and debit_account = 'voucher_backing'
),
owned as (
    select programme, cast(sum(amount) as bigint) as amount from flows group by programme
)
select name, expected, found from below_zero
union all
select
    concat('2 pool_', coalesce(o.programme, g.programme), ' and its dues') as name,
    coalesce(o.amount, 0) as expected, coalesce(g.amount, 0) as found
from owned as o
full outer join grown as g on o.programme = g.programme
