-- grain:   one row per member and wallet after step 6, before debts are collected
-- reads:   wallets_resulted, moves, scheme_postings
-- needs:   moves | scheme_postings | wallets_resulted
-- params:  -
-- returns: member_id, wallet, balance
with movements as (
    select member_id, wallet, balance as amount
    from wallets_resulted
    union all
    select debit_holder as member_id, substr(debit_account, 15) as wallet, -amount as amount
    from moves
    where debit_account in ('member_wallet_rebate', 'member_wallet_chance', 'member_wallet_labour')
    union all
    select credit_holder as member_id, substr(credit_account, 15) as wallet, amount
    from moves
    where credit_account in ('member_wallet_rebate', 'member_wallet_chance', 'member_wallet_labour')
    union all
    select holder as member_id, substr(account, 15) as wallet, credit - debit as amount
    from scheme_postings
    where account in ('member_wallet_rebate', 'member_wallet_chance', 'member_wallet_labour')
)
select member_id, wallet, cast(sum(amount) as bigint) as balance
from movements
group by member_id, wallet
