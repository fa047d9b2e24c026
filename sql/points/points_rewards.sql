-- grain:   one row per change of a member's points or vouchers by this programme (contract.md, rewards)
-- reads:   points_granted, judged_redemptions, lots_sunk, points_reversed
-- needs:   judged_redemptions | lots_sunk | points_granted | points_reversed
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    'points' as programme, 'grant' as kind, member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    units as amount, 0 as paid_depth, rule_version
from points_granted
union all
select
    'points' as programme, 'redeem' as kind, member_id, '' as order_id, '' as from_order_id, commodity,
    -amount as amount, 0 as paid_depth, rule_version
from judged_redemptions
where kind = 'redeem' and verdict = 'taken'
union all
select
    programme, 'expire' as kind, holder as member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    -expired as amount, 0 as paid_depth, rule_version
from lots_sunk
where expired > 0
union all
select
    'points' as programme, 'clawback' as kind, member_id, order_id, '' as from_order_id, 'POINT' as commodity,
    -units as amount, 0 as paid_depth, rule_version
from points_reversed
