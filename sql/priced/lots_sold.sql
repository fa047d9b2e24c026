-- grain:   one row per lot that gives units to a sale of today, as it stands after step 3 (rules.md section 4.2, sale)
-- reads:   sales, sales_met, lots_offered
-- needs:   lots_offered, sales, sales_met
-- params:  day
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, sold
with pieces as (
    select
        m.lane, m.money_place, m.need_place, m.amount, s.net, mul_div(s.net, m.amount, s.amount) as part,
        row_number() over (partition by m.lane, m.need_place order by m.money_place desc) as back
    from sales_met as m
    inner join sales as s on m.lane = s.lane and m.need_place = s.place
),
-- The last lot of a sale gets what the floors of the others leave.
shared as (
    select
        lane, money_place, amount,
        case
            when back = 1
                then net - cast(sum(part) over (partition by lane, need_place) as bigint) + part
            else part
        end as part
    from pieces
),
given as (
    select lane, money_place, cast(sum(amount) as bigint) as units, cast(sum(part) as bigint) as net
    from shared
    group by lane, money_place
)
select
    o.lot_id, 'points' as programme, o.lane as holder, o.order_id, o.granted, o.amount - g.units as "left",
    o.received + g.units as received, cast(0 as bigint) as contribution,
    case when o.amount = g.units then 'closed' else 'live' end as status,
    o.opened_on,
    case when o.amount = g.units then cast($day as date) else cast(null as date) end as closed_on,
    o.rule_version, o.seq, o.price, o.paid + g.net as paid, cast(null as bigint) as concession_bp,
    cast(null as bigint) as period_in, cast(null as bigint) as period_out, g.units as sold
from given as g
inner join lots_offered as o on g.lane = o.lane and g.money_place = o.place
