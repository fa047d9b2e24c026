-- grain:   one row per account and commodity: its sum over all holders at the close
-- reads:   balances
-- needs:   balances
-- params:  -
-- returns: account, commodity, balance
select account, commodity, cast(sum(balance) as bigint) as balance
from balances
group by account, commodity
