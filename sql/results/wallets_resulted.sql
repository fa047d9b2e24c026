-- grain:   one row per member and wallet, after failed and returned payouts came back (rules.md section 10.4)
-- reads:   prior_balances, payouts_resulted
-- needs:   payouts_resulted | prior_balances
-- params:  -
-- returns: member_id, wallet, balance
with movements as (
    select holder as member_id, substr(account, 15) as wallet, balance as amount
    from prior_balances
    where account in ('member_wallet_rebate', 'member_wallet_chance', 'member_wallet_labour')
    union all
    select member_id, 'rebate' as wallet, rebate as amount from payouts_resulted where went_back
    union all
    select member_id, 'chance' as wallet, chance as amount from payouts_resulted where went_back
    union all
    select member_id, 'labour' as wallet, labour as amount from payouts_resulted where went_back
)
select member_id, wallet, cast(sum(amount) as bigint) as balance
from movements
group by member_id, wallet
