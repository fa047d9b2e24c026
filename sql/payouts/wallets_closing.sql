-- grain:   one row per member with money in his wallets after debts were collected
-- reads:   wallets_earned, debts_collected
-- needs:   debts_collected | wallets_earned
-- params:  -
-- returns: member_id, rebate, chance, labour
with movements as (
    select member_id, wallet, balance as amount from wallets_earned
    union all
    select member_id, wallet, -amount as amount from debts_collected
),
sums as (
    select
        member_id,
        cast(sum(case when wallet = 'rebate' then amount else 0 end) as bigint) as rebate,
        cast(sum(case when wallet = 'chance' then amount else 0 end) as bigint) as chance,
        cast(sum(case when wallet = 'labour' then amount else 0 end) as bigint) as labour
    from movements
    group by member_id
)
select member_id, rebate, chance, labour
from sums
where rebate > 0 or chance > 0 or labour > 0
