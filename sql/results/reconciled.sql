-- grain:   one row per channel file, with what was issued in it and what became of that (rules.md section 10.4); file
--          is null for payouts of the state that no file carries
-- reads:   payouts_written, prior_payouts
-- needs:   payouts_written | prior_payouts
-- params:  first, last
-- returns: paid_on, channel, file, issued, issued_fen, paid, paid_fen, failed, failed_fen, returned, returned_fen,
--          in_transit, in_transit_fen
with known as (
    select payout_id, paid_on, channel, net, status from prior_payouts where paid_on between $first and $last
)
select
    k.paid_on,
    coalesce(w.channel, k.channel) as channel,
    w.file,
    count(w.payout_id) as issued,
    coalesce(cast(sum(w.net) as bigint), 0) as issued_fen,
    count(case when k.status = 'paid' then 1 end) as paid,
    coalesce(cast(sum(case when k.status = 'paid' then k.net end) as bigint), 0) as paid_fen,
    count(case when k.status = 'failed' then 1 end) as failed,
    coalesce(cast(sum(case when k.status = 'failed' then k.net end) as bigint), 0) as failed_fen,
    count(case when k.status = 'returned' then 1 end) as returned,
    coalesce(cast(sum(case when k.status = 'returned' then k.net end) as bigint), 0) as returned_fen,
    count(case when k.status = 'in_transit' then 1 end) as in_transit,
    coalesce(cast(sum(case when k.status = 'in_transit' then k.net end) as bigint), 0) as in_transit_fen
from payouts_written as w
full join known as k on w.payout_id = k.payout_id
group by k.paid_on, coalesce(w.channel, k.channel), w.file
