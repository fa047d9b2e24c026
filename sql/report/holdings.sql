-- grain:   one row per commodity other than money that somebody holds at the close, with the money behind it
-- reads:   balances
-- params:  -
-- returns: commodity, members, merchants, money
with parts as (
    select commodity, balance as members, 0 as merchants, 0 as money
    from balances
    where account in ('member_points', 'member_green', 'member_vouchers')
    union all
    select commodity, 0 as members, balance as merchants, 0 as money
    from balances
    where account in ('merchant_green', 'merchant_vouchers')
    union all
    select 'VOUCHER' as commodity, 0 as members, 0 as merchants, balance as money
    from balances
    where account = 'voucher_backing'
)
select
    commodity, cast(sum(members) as bigint) as members, cast(sum(merchants) as bigint) as merchants,
    cast(sum(money) as bigint) as money
from parts
group by commodity
