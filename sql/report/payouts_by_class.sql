-- grain:   one row per channel and class of income that today's payouts took from the wallets (rules.md section 10.3)
-- reads:   payouts_cut
-- needs:   payouts_cut
-- params:  -
-- returns: channel, place, class, payouts, gross, tax, net
with parts as (
    select channel, 1 as place, 'rebate' as class, rebate as gross, cast(0 as bigint) as tax from payouts_cut
    union all
    select channel, 2 as place, 'chance' as class, chance as gross, tax - labour_tax as tax from payouts_cut
    union all
    select channel, 3 as place, 'labour' as class, labour as gross, labour_tax as tax from payouts_cut
)
select
    channel, place, class, count(*) as payouts, cast(sum(gross) as bigint) as gross, cast(sum(tax) as bigint) as tax,
    cast(sum(gross - tax) as bigint) as net
from parts
where gross > 0
group by channel, place, class
