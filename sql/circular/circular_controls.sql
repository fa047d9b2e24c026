-- grain:   one row per control of lots of circular purchase: how many break it (rules.md section 11.3)
-- reads:   circular_lots, circular_lots_hit, prior_live_lots, rewards
-- needs:   -
-- params:  -
-- returns: name, expected, found
with before as (
    select lot_id, received from prior_live_lots where programme = 'circular' and status = 'live'
    union
    select lot_id, received from circular_lots_hit where programme = 'circular'
),
money as (
    select concat('circular/', order_id) as lot_id, cast(sum(amount) as bigint) as amount
    from rewards
    where programme = 'circular'
    group by order_id
),
lots as (
    select
        case when l.received < 0 or l."left" < 0 or l.received + l."left" <> l.granted then 1 else 0 end as out_of_range,
        case when l.received - coalesce(b.received, 0) <> coalesce(m.amount, 0) then 1 else 0 end as not_its_payments,
        case when (l.status = 'live') <> (l.contribution > 0 and l."left" > 0) then 1 else 0 end as misstated
    from circular_lots as l
    left join before as b on l.lot_id = b.lot_id
    left join money as m on l.lot_id = m.lot_id
)
select '3 circular lots received outside 0 .. granted' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(out_of_range) as bigint), 0) as found
from lots
union all
select '3 circular lots whose received is not payments less take-backs' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(not_its_payments) as bigint), 0) as found
from lots
union all
select '3 circular lots live without energy, or closed with it' as name, cast(0 as bigint) as expected,
    coalesce(cast(sum(misstated) as bigint), 0) as found
from lots
