-- grain:   one row per lot that is forced out today, as it stands at the close (rules.md section 4.2, forced exit)
-- reads:   issues_reached, lots_reached, lots_moved
-- needs:   issues_reached, lots_moved | lots_reached
-- params:  day, priced_return_bp, priced_version
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, sold, net, exit_version
with standing as (
    select
        lot_id, holder, order_id, granted, "left" as held, received, opened_on, rule_version, seq, price, paid
    from lots_moved
    union all
    select
        l.lot_id, l.holder, l.order_id, l.granted, l."left" as held, l.received, l.opened_on, l.rule_version, l.seq,
        l.price, l.paid
    from lots_reached as l
    left join lots_moved as m on l.lot_id = m.lot_id
    where m.lot_id is null
),
exits as (
    select
        s.lot_id, s.holder, s.order_id, s.granted, s.held, s.received, s.opened_on, s.rule_version, s.seq, s.price,
        s.paid,
        mul_div(mul_div(s.held, i.exit_price, 100000000), $priced_return_bp, 10000) as net
    from standing as s
    inner join issues_reached as i on s.opened_on = i.opened_on
    where s.held > 0
)
select
    lot_id, 'points' as programme, holder, order_id, granted, cast(0 as bigint) as "left", received + held as received,
    cast(0 as bigint) as contribution, 'closed' as status, opened_on,
    cast($day as date) as closed_on, rule_version, seq, price, paid + net as paid,
    cast(null as bigint) as concession_bp, cast(null as bigint) as period_in, cast(null as bigint) as period_out,
    held as sold, net, $priced_version as exit_version
from exits
