-- grain:   one row per voucher taken back (contract.md, rewards)
-- reads:   vouchers_back
-- needs:   vouchers_back
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    programme, 'clawback' as kind,
    case when account = 'merchant_vouchers' then concat('merchant/', holder) else holder end as member_id,
    order_id, '' as from_order_id, 'VOUCHER' as commodity, -units as amount, 0 as paid_depth, rule_version
from vouchers_back
