-- grain:   one row per exited ticket whose voucher shrinks: no money stands behind it (rules.md section 9)
-- reads:   vouchers_reversed
-- needs:   vouchers_reversed
-- params:  -
-- returns: place, step, lot_no, programme, holder, account, order_id, units, pool, rule_version
select
    place, 2 as step, 0 as lot_no, 'queue' as programme, member_id as holder, 'member_vouchers' as account, order_id,
    units, '' as pool, rule_version
from vouchers_reversed
