-- grain:   one row per kind of payment and queue that it leaves, and per kind of payment and wallet that it enters
--          (rules.md section 6.3)
-- reads:   tickets_funded, versions, queue_numbers
-- needs:   tickets_funded, queue_numbers | versions
-- params:  -
-- returns: cause, account, holder, commodity, debit, credit
with drawn as (
    select queue_no, cast(sum(funded) as bigint) as funded, cast(sum(accelerated) as bigint) as accelerated
    from tickets_funded
    group by queue_no
),
earned as (
    select
        rule_version, member_id, cast(sum(funded) as bigint) as funded, cast(sum(accelerated) as bigint) as accelerated
    from tickets_funded
    group by rule_version, member_id
),
sides as (
    select 'pool_queue' as account, n.queue_id as holder, d.funded, d.accelerated, true as is_debit
    from drawn as d
    inner join queue_numbers as n on d.queue_no = n.queue_no
    union all
    select
        concat('member_wallet_', v.tax_queue) as account, e.member_id as holder, e.funded, e.accelerated,
        false as is_debit
    from earned as e
    inner join versions as v on e.rule_version = v.version
)
select
    'queue/fund' as cause, account, holder, 'CNY' as commodity, case when is_debit then funded else 0 end as debit,
    case when is_debit then 0 else funded end as credit
from sides
where funded > 0
union all
select
    'queue/accelerate' as cause, account, holder, 'CNY' as commodity,
    case when is_debit then accelerated else 0 end as debit, case when is_debit then 0 else accelerated end as credit
from sides
where accelerated > 0
