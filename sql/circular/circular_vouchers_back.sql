-- grain:   one row per lot that was paid more in vouchers than a late refund leaves it (rules.md section 8)
-- reads:   circular_refunded
-- needs:   circular_refunded
-- params:  -
-- returns: place, step, lot_no, programme, holder, account, order_id, units, pool, rule_version
select
    place, 5 as step, 0 as lot_no, 'circular' as programme, holder, 'member_vouchers' as account, order_id,
    vouchers_back as units, 'pool_circular' as pool, rule_version
from circular_refunded
where vouchers_back > 0
