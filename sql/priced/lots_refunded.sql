-- grain:   one row per lot whose right a late refund lowers, as it stands after step 2 (rules.md section 4.2)
-- reads:   late_refunds, priced_lots_hit, versions
-- needs:   late_refunds, priced_lots_hit, versions
-- params:  day
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, destroyed, taken_back, place
with rights as (
    select
        l.lot_id, l.holder, l.order_id, l.granted, l."left" as held, l.received, l.opened_on, l.closed_on,
        l.rule_version, l.seq, l.price, l.paid, r.place,
        -- What was granted at first, by the price of the lot.
        mul_div(
            mul_div(mul_div(r.kept_at, v.points_grant_bp, 10000), 100000000, l.price), r.kept_after, r.kept_at
        ) as entitled
    from late_refunds as r
    inner join priced_lots_hit as l on r.order_id = l.order_id
    inner join versions as v on l.rule_version = v.version
    where l.programme = 'points'
),
lowered as (
    select
        lot_id, holder, order_id, held, received, opened_on, closed_on, rule_version, seq, price, paid, place, entitled,
        least(held, greatest(0, entitled - received)) as held_after,
        greatest(0, received - entitled) as missing
    from rights
    where entitled < granted
),
taken as (
    select
        lot_id, holder, order_id, held, received, opened_on, closed_on, rule_version, seq, price, paid, place, entitled,
        held_after, missing,
        case when missing > 0 then mul_div(paid, missing, received) else 0 end as taken_back
    from lowered
)
select
    lot_id, 'points' as programme, holder, order_id, entitled as granted, held_after as "left",
    received - missing as received, cast(0 as bigint) as contribution,
    case when held_after = 0 then 'closed' else 'live' end as status,
    opened_on,
    case when held_after = 0 then coalesce(closed_on, cast($day as date)) else closed_on end as closed_on,
    rule_version, seq, price, paid - taken_back as paid, cast(null as bigint) as concession_bp,
    cast(null as bigint) as period_in, cast(null as bigint) as period_out, held - held_after as destroyed,
    taken_back, place
from taken
