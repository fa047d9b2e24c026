-- grain:   one row per merchant whom a row of today names and who is known: from an earlier export or today's
-- reads:   prior_merchants, taken_merchants, order_heads, read_redemptions
-- needs:   order_heads | read_redemptions, prior_merchants | taken_merchants
-- params:  -
-- returns: merchant_id
with named as (
    select merchant_id from order_heads
    union
    select merchant_id from read_redemptions
)
select p.merchant_id from prior_merchants p where p.merchant_id in (select merchant_id from named)
union
select t.merchant_id from taken_merchants t where t.merchant_id in (select merchant_id from named)
