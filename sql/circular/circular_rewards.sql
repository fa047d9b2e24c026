-- grain:   one row per lot that was paid today and commodity (contract.md, rewards)
-- reads:   circular_paid
-- needs:   circular_paid
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    'circular' as programme, 'release' as kind, holder as member_id, order_id, '' as from_order_id, 'CNY' as commodity,
    cash as amount, 0 as paid_depth, rule_version
from circular_paid
union all
select
    'circular' as programme, 'release' as kind, holder as member_id, order_id, '' as from_order_id,
    'VOUCHER' as commodity, vouchers as amount, 0 as paid_depth, rule_version
from circular_paid
