-- grain:   one row per lot of circular purchase that changed today, as it stands at the close (rules.md section 8)
-- reads:   circular_sharing, circular_paid, circular_refunded, circular_orders
-- needs:   circular_orders | circular_refunded | circular_sharing
-- params:  day
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out
with lots as (
    select
        s.lot_id, s.holder, s.order_id, s.granted, s."left" - coalesce(p.paid, 0) as held,
        s.received + coalesce(p.paid, 0) as received, s.contribution, s.opened_on, cast(null as date) as closed_on,
        s.rule_version, s.seq, s.vouchers + coalesce(p.vouchers, 0) as vouchers
    from circular_sharing as s
    left join circular_paid as p on s.lot_id = p.lot_id
    where p.paid > 0 or s.changed
    union all
    select
        lot_id, holder, order_id, granted, "left" as held, received, contribution, opened_on, closed_on, rule_version,
        seq, vouchers
    from circular_refunded
    where status = 'closed' and changed
    union all
    select
        concat('circular/', order_id) as lot_id, member_id as holder, order_id, energy as granted, energy as held,
        cast(0 as bigint) as received, contribution, cast($day as date) as opened_on, cast(null as date) as closed_on,
        rule_version, seq, cast(0 as bigint) as vouchers
    from circular_orders
    where energy > 0
)
select
    lot_id, 'circular' as programme, holder, order_id, granted, held as "left", received,
    case when held = 0 then 0 else contribution end as contribution,
    case when held = 0 then 'closed' else 'live' end as status,
    opened_on,
    case when held = 0 then coalesce(closed_on, cast($day as date)) end as closed_on,
    rule_version, seq, cast(0 as bigint) as price, vouchers as paid, cast(0 as bigint) as concession_bp,
    cast(0 as bigint) as period_in, cast(0 as bigint) as period_out
from lots
