-- grain:   one row per payout of today (rules.md section 10.3)
-- reads:   payable, payout_ids, replaced
-- needs:   payable, payout_ids
-- params:  day
-- returns: payout_id, member_id, paid_on, channel, gross, tax, net, rebate, chance, labour, labour_tax, attempt, replaces
with earlier as (
    select member_id, count(*) as times, string_agg(payout_id, ' ' order by payout_id) as ids
    from replaced
    group by member_id
)
select
    i.payout_id, t.member_id, cast($day as date) as paid_on, t.channel,
    t.rebate + t.chance + t.labour as gross,
    t.chance_tax + t.labour_tax as tax,
    t.rebate + t.chance + t.labour - t.chance_tax - t.labour_tax as net,
    t.rebate, t.chance, t.labour, t.labour_tax,
    1 + coalesce(e.times, 0) as attempt,
    coalesce(e.ids, '') as replaces
from payable as t
inner join payout_ids as i on t.member_id = i.member_id
left join earlier as e on t.member_id = e.member_id
