-- grain:   one row per member with money, and why he is or is not paid today (rules.md section 10.3)
-- reads:   wallets_closing, payee_accounts, debts_left, channel_limits, uncarried
-- needs:   wallets_closing
-- params:  payout_min_fen, payout_max_fen
-- returns: member_id, rebate, chance, labour, channel, most, verdict, reason
with debtors as (
    select distinct member_id from debts_left where remaining > 0
)
select
    w.member_id, w.rebate, w.chance, w.labour,
    coalesce(a.channel, '') as channel,
    least(
        w.rebate + w.chance + w.labour,
        case when $payout_max_fen > 0 then $payout_max_fen else w.rebate + w.chance + w.labour end,
        case when l.most_fen > 0 then l.most_fen else w.rebate + w.chance + w.labour end
    ) as most,
    case
        when d.member_id is not null then 'in_debt'
        when a.member_id is null then 'no_account'
        when a.status <> 'active' then concat('account_', a.status)
        when w.rebate + w.chance + w.labour < $payout_min_fen then 'below_minimum'
        when u.member_id is not null then 'channel_cannot_carry'
        else 'paid'
    end as verdict,
    coalesce(u.reason, '') as reason
from wallets_closing as w
left join payee_accounts as a on w.member_id = a.member_id
left join debtors as d on w.member_id = d.member_id
left join channel_limits as l on a.channel = l.channel
left join uncarried as u on w.member_id = u.member_id
