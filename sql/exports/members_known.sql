-- grain:   one row per member whom a row of today names and who is known: from an earlier export or today's
-- reads:   prior_members, taken_members, order_heads, read_accounts, read_redemptions, read_merchants
-- needs:   prior_members | taken_members, order_heads | read_accounts | read_merchants | read_redemptions
-- params:  -
-- returns: member_id
with named as (
    select member_id from order_heads
    union
    select member_id from read_accounts
    union
    select member_id from read_redemptions
    union
    select referrer_id as member_id from read_merchants
)
select p.member_id from prior_members p where p.member_id in (select member_id from named)
union
select t.member_id from taken_members t where t.member_id in (select member_id from named)
