-- grain:   one row per payee and month whose labour income or withheld tax changed today (rules.md section 10.3)
-- reads:   payouts_cut, payouts_resulted, prior_tax
-- needs:   payouts_cut | payouts_resulted
-- params:  -
-- returns: member_id, month, income, withheld
with moves as (
    select member_id, cast(date_trunc('month', paid_on) as date) as month, labour as income, labour_tax as withheld
    from payouts_cut
    where labour > 0
    union all
    select
        member_id, cast(date_trunc('month', paid_on) as date) as month, -labour as income, -labour_tax as withheld
    from payouts_resulted
    where went_back and labour > 0
),
sums as (
    select member_id, month, cast(sum(income) as bigint) as income, cast(sum(withheld) as bigint) as withheld
    from moves
    group by member_id, month
)
select
    s.member_id, s.month, s.income + coalesce(p.income, 0) as income, s.withheld + coalesce(p.withheld, 0) as withheld
from sums as s
left join prior_tax as p on s.member_id = p.member_id and s.month = p.month
