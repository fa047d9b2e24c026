-- grain:   one row per payout file of today
-- reads:   payouts
-- needs:   payouts
-- params:  -
-- returns: channel, file, payouts, gross, tax, net
select
    channel, file, count(*) as payouts, cast(sum(gross) as bigint) as gross, cast(sum(tax) as bigint) as tax,
    cast(sum(net) as bigint) as net
from payouts
group by channel, file
