-- grain:   one row: sponsors with referrals, complete cycles of all of them, and what these left over
--          (rules.md section 5.3)
-- reads:   prior_referral_steps, changed_ladder
-- needs:   -
-- params:  -
-- returns: sponsors, cycles, left_over
with standing as (
    select p.sponsors, p.cycles, p.left_over
    from prior_referral_steps as p
    left join changed_ladder as c on p.step = c.step
    where c.step is null
    union all
    select sponsors, cycles, left_over from changed_ladder
)
select
    coalesce(cast(sum(sponsors) as bigint), 0) as sponsors, coalesce(cast(sum(cycles) as bigint), 0) as cycles,
    coalesce(cast(sum(left_over) as bigint), 0) as left_over
from standing
