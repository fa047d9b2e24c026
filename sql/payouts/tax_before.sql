-- grain:   one row per payee with labour income: what the month and the year hold before this payout (rules.md 10.3)
-- reads:   cuts, prior_tax, payouts_resulted
-- needs:   cuts, payouts_resulted | prior_tax
-- params:  month, year_start
-- returns: member_id, month_income, month_withheld, year_income, year_withheld, first_month
with months as (
    select member_id, month, income, withheld
    from prior_tax
    where month >= $year_start and month <= $month
    union all
    select
        member_id, cast(date_trunc('month', paid_on) as date) as month, -labour as income, -labour_tax as withheld
    from payouts_resulted
    where went_back and labour > 0 and paid_on >= $year_start
),
sums as (
    select
        m.member_id, m.month, cast(sum(m.income) as bigint) as income, cast(sum(m.withheld) as bigint) as withheld
    from months as m
    where m.member_id in (select member_id from cuts where labour > 0)
    group by m.member_id, m.month
)
select
    member_id,
    coalesce(max(case when month = $month then income end), 0) as month_income,
    coalesce(max(case when month = $month then withheld end), 0) as month_withheld,
    cast(sum(income) as bigint) as year_income,
    cast(sum(withheld) as bigint) as year_withheld,
    min(case when income > 0 then month end) as first_month
from sums
group by member_id
