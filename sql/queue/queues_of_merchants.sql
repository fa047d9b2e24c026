-- grain:   one row per merchant with an order that qualifies today, with the queue of his orders (rules.md section 6.1)
-- reads:   qualified, prior_merchants, taken_merchants
-- needs:   qualified
-- params:  queue_scope
-- returns: merchant_id, queue_id
with groups as (
    select m.merchant_id, m.merchant_group
    from prior_merchants as m
    left join taken_merchants as t on m.merchant_id = t.merchant_id
    where t.merchant_id is null
    union all
    select merchant_id, merchant_group from taken_merchants
),
sellers as (
    select distinct merchant_id from qualified
)
select
    s.merchant_id,
    case
        when $queue_scope = 'platform' then 'platform'
        when $queue_scope = 'group' and coalesce(g.merchant_group, '') <> '' then concat('group/', g.merchant_group)
        else concat('merchant/', s.merchant_id)
    end as queue_id
from sellers as s
left join groups as g on s.merchant_id = g.merchant_id
