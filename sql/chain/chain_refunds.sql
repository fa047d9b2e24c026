-- grain:   one row per late-refunded order by which a member joined, and whether it still keeps its price
-- reads:   agents_refunded, late_refunds
-- needs:   agents_refunded, late_refunds
-- params:  -
-- returns: order_id, member_id, boss_of, place, kept_after, is_broken
select a.order_id, a.member_id, a.boss_of, r.place, r.kept_after, r.kept_after < a.price as is_broken
from agents_refunded as a
inner join late_refunds as r on a.order_id = r.order_id
