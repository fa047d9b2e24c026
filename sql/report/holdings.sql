-- grain:   one row per commodity other than money that somebody holds at the close, with the money behind it
-- reads:   balances
-- needs:   balances
-- params:  -
-- returns: commodity, members, merchants, below, money
-- Who is below zero holds nothing: he would hide what others hold without money behind it.
with parts as (
    select
        commodity,
        case when substr(account, 1, 7) = 'member_' then greatest(0, balance) else 0 end as members,
        case when substr(account, 1, 9) = 'merchant_' then greatest(0, balance) else 0 end as merchants,
        greatest(0, -balance) as below, 0 as money
    from balances
    where account in ('member_points', 'member_green', 'member_vouchers', 'merchant_green', 'merchant_vouchers')
    union all
    select 'VOUCHER' as commodity, 0 as members, 0 as merchants, 0 as below, balance as money
    from balances
    where account = 'voucher_backing'
)
select
    commodity, cast(sum(members) as bigint) as members, cast(sum(merchants) as bigint) as merchants,
    cast(sum(below) as bigint) as below, cast(sum(money) as bigint) as money
from parts
group by commodity
