-- grain:   one row per member's order taken today whose merchant gives a concession, as he is known today
--          (rules.md section 7)
-- reads:   taken_orders, prior_merchants, taken_merchants
-- needs:   taken_orders, prior_merchants | taken_merchants
-- params:  day, freeze_days
-- returns: order_id, qualify_on, concession_bp, referrer_id
with merchants as (
    select merchant_id, concession_bp, referrer_id
    from taken_merchants
    union all
    select merchant_id, concession_bp, referrer_id
    from prior_merchants
    where merchant_id not in (select merchant_id from taken_merchants)
)
select
    o.order_id,
    greatest(cast($day as date), cast(o.completed_at as date) + cast($freeze_days as int)) as qualify_on,
    m.concession_bp, m.referrer_id
from taken_orders as o
inner join merchants as m on o.merchant_id = m.merchant_id
where o.member_id <> '' and m.concession_bp between 300 and 2000
