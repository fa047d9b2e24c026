-- grain:   one row per live lot of a member who sells today, as step 2 left it, oldest first (rules.md section 4.2)
-- reads:   lots_of_sellers, lots_refunded
-- needs:   lots_of_sellers
-- params:  -
-- returns: lane, place, amount, lot_id, order_id, granted, received, opened_on, rule_version, seq, price, paid
with standing as (
    select
        l.holder, l.lot_id, l.order_id, l.opened_on, l.rule_version, l.seq, l.price,
        coalesce(r.granted, l.granted) as granted, coalesce(r."left", l."left") as held,
        coalesce(r.received, l.received) as received, coalesce(r.paid, l.paid) as paid
    from lots_of_sellers as l
    left join lots_refunded as r on l.lot_id = r.lot_id
    where l.programme = 'points' and l.status = 'live'
)
select
    holder as lane, cast(row_number() over (partition by holder order by opened_on, seq) as bigint) as place,
    held as amount, lot_id, order_id, granted, received, opened_on, rule_version, seq, price, paid
from standing
where held > 0
