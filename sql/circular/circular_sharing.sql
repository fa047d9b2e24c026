-- grain:   one row per lot that was live when the day opened and that today's refunds left so (rules.md section 8)
-- reads:   prior_live_lots, circular_refunded
-- needs:   circular_refunded | prior_live_lots
-- params:  -
-- returns: lot_id, holder, order_id, granted, left, received, contribution, opened_on, rule_version, seq, vouchers, changed
select
    l.lot_id, l.holder, l.order_id, l.granted, l."left", l.received, l.contribution, l.opened_on, l.rule_version, l.seq,
    l.paid as vouchers, false as changed
from prior_live_lots as l
left join circular_refunded as r on l.lot_id = r.lot_id
where l.programme = 'circular' and l.status = 'live' and r.lot_id is null
union all
select
    lot_id, holder, order_id, granted, "left", received, contribution, opened_on, rule_version, seq, vouchers, changed
from circular_refunded
where status = 'live'
