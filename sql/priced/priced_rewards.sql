-- grain:   one row per change of a member's points or money by points with a price (contract.md, rewards); what a late
--          refund takes back in money is in takeback_rewards
-- reads:   priced_granted, sales, lots_exited, lots_refunded
-- needs:   lots_exited | lots_refunded | priced_granted | sales
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    programme, 'grant' as kind, holder as member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    granted as amount, 0 as paid_depth, rule_version
from priced_granted
union all
select
    'points' as programme, 'sale' as kind, lane as member_id, '' as order_id, '' as from_order_id,
    'POINT' as commodity, -amount as amount, 0 as paid_depth, rule_version
from sales
union all
select
    'points' as programme, 'sale' as kind, lane as member_id, '' as order_id, '' as from_order_id,
    'CNY' as commodity, net as amount, 0 as paid_depth, rule_version
from sales
union all
select
    programme, 'sale' as kind, holder as member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    -sold as amount, 0 as paid_depth, exit_version as rule_version
from lots_exited
union all
select
    programme, 'sale' as kind, holder as member_id, order_id, '' as from_order_id, 'CNY' as commodity,
    net as amount, 0 as paid_depth, exit_version as rule_version
from lots_exited
union all
select
    programme, 'clawback' as kind, holder as member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    -destroyed as amount, 0 as paid_depth, rule_version
from lots_refunded
