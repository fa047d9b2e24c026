-- grain:   one row per lot that was paid more money than a late refund leaves it (rules.md section 8)
-- reads:   circular_refunded, versions
-- needs:   circular_refunded, versions
-- params:  -
-- returns: place, step, made_on, made_seq, programme, member_id, order_id, wallet, account, holder, amount, rule_version
select
    c.place, 5 as step, cast(null as date) as made_on, cast(0 as bigint) as made_seq, 'circular' as programme,
    c.holder as member_id, c.order_id, v.tax_circular as wallet, 'pool_circular' as account, 'platform' as holder,
    c.money_back as amount, c.rule_version
from circular_refunded as c
inner join versions as v on c.rule_version = v.version
where c.money_back > 0
