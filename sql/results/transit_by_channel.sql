-- grain:   one row per channel that has payouts in transit, or money in transit in the ledger, at the close
-- reads:   prior_payouts, balances_sealed
-- needs:   balances_sealed | prior_payouts
-- params:  -
-- returns: channel, in_transit, in_transit_fen, ledger_fen
with waiting as (
    select channel, count(*) as payouts, cast(sum(net) as bigint) as net
    from prior_payouts
    where status = 'in_transit'
    group by channel
),
booked as (
    select holder as channel, balance from balances_sealed where account = 'payout_in_transit'
)
select
    coalesce(w.channel, b.channel) as channel, coalesce(w.payouts, 0) as in_transit,
    coalesce(w.net, 0) as in_transit_fen, coalesce(b.balance, 0) as ledger_fen
from waiting as w
full join booked as b on w.channel = b.channel
