-- grain:   one row per claim and late refund of its own (role 0) or its base order (role 1)
-- reads:   claims_before, late_refunds
-- needs:   claims_before, late_refunds
-- params:  -
-- returns: claim_id, place, role
select c.claim_id, r.place, 0 as role
from claims_before as c
inner join late_refunds as r on c.order_id = r.order_id
where c.status <> 'void'
union all
select c.claim_id, r.place, 1 as role
from claims_before as c
inner join late_refunds as r on c.base_order_id = r.order_id
where c.status <> 'void'
