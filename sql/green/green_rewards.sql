-- grain:   one row per change of what a member or merchant has by this programme, vouchers taken back aside
--          (contract.md, rewards)
-- reads:   green_orders, green_lots_granted, green_lots_released, green_lots_refunded
-- needs:   green_lots_granted | green_lots_refunded | green_lots_released | green_orders
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    'green' as programme, 'grant' as kind, referrer_id as member_id, order_id, '' as from_order_id, 'CNY' as commodity,
    referred as amount, 0 as paid_depth, rule_version
from green_orders
where referred > 0
union all
select
    programme, 'grant' as kind, holder as member_id, order_id, '' as from_order_id, 'GREEN' as commodity,
    granted as amount, 0 as paid_depth, rule_version
from green_lots_granted
union all
select
    programme, 'release' as kind, holder as member_id, order_id, '' as from_order_id, 'VOUCHER' as commodity,
    released as amount, 0 as paid_depth, rule_version
from green_lots_released
union all
select
    programme, 'expire' as kind, holder as member_id, order_id, '' as from_order_id, 'GREEN' as commodity,
    -expired as amount, 0 as paid_depth, rule_version
from green_lots_released
union all
select
    programme, 'clawback' as kind, holder as member_id, order_id, '' as from_order_id, 'GREEN' as commodity,
    -green_back as amount, 0 as paid_depth, rule_version
from green_lots_refunded
