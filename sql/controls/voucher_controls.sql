-- grain:   one row per control of vouchers and the money behind them (rules.md sections 4.1, 7, 8 and 11)
-- reads:   balances, prior_balances, reward_sums, vouchers_spent, vouchers_back
-- needs:   -
-- params:  -
-- returns: name, expected, found
with outstanding as (
    select
        -- vouchers_redeemed is a contra account: its balance is below zero.
        case when account in ('vouchers_issued', 'vouchers_redeemed') then balance else 0 end as issued,
        case when account in ('member_vouchers', 'merchant_vouchers') then balance else 0 end as held
    from balances
    where commodity = 'VOUCHER'
),
-- A fen goes behind every voucher that is released; it leaves with what is redeemed, or returns to the pool.
backing as (
    select balance as amount from prior_balances where account = 'voucher_backing'
    union all
    select amount from reward_sums where kind = 'release' and commodity = 'VOUCHER'
    union all
    select -backing as amount from vouchers_spent
    union all
    select -money as amount from vouchers_back
),
too_much as (
    select 1 as one from vouchers_spent where backing < 0 or backing > amount
    union all
    select 1 as one from vouchers_back where money < 0 or money > units
)
select
    '1 vouchers held are those issued less those redeemed' as name,
    (select coalesce(cast(sum(issued) as bigint), 0) from outstanding) as expected,
    (select coalesce(cast(sum(held) as bigint), 0) from outstanding) as found
union all
select
    '2 voucher_backing is what was put behind vouchers less what followed them' as name,
    (select coalesce(cast(sum(amount) as bigint), 0) from backing) as expected,
    (select coalesce(cast(sum(balance) as bigint), 0) from balances where account = 'voucher_backing') as found
union all
select
    '2 vouchers that more money followed than they are worth' as name, cast(0 as bigint) as expected,
    (select cast(count(*) as bigint) from too_much) as found
