-- grain:   one row per lot of green points of which a late refund takes vouchers back: the money behind them follows to
--          the pool (rules.md section 7)
-- reads:   green_lots_refunded
-- needs:   green_lots_refunded
-- params:  -
-- returns: place, step, lot_no, programme, holder, account, order_id, units, pool, rule_version
select
    place, 4 as step, lot_no, programme,
    case when lot_no = 1 then substr(holder, 10) else holder end as holder,
    case when lot_no = 1 then 'merchant_vouchers' else 'member_vouchers' end as account,
    order_id, vouchers_back as units, 'pool_green' as pool, rule_version
from green_lots_refunded
