-- grain:   one row per agent who joined today, got direct agents today or lost what his joining order kept
-- reads:   chain_joined, chain_weakest, agents_before, chain_refunds
-- needs:   agents_before | chain_joined
-- params:  day, version, chain_n
-- returns: member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of,
--          boss_steps, placed_under, root_id, level, directs, boss_on
with standing as (
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on, false as is_new
    from agents_before
    union all
    select
        j.member_id, j.order_id, cast($day as date) as joined_on, j.seq, $version as rule_version, j.price,
        cast(null as date) as withheld_on, j.referrer_id, j.ordinal, j.boss_of, j.boss_steps,
        coalesce(w.member_id, '') as placed_under, j.root_id, j.level, cast(0 as bigint) as directs,
        cast(null as date) as boss_on, true as is_new
    from chain_joined as j
    left join chain_weakest as w on j.order_id = w.order_id
),
referred as (
    select referrer_id, count(*) as joined
    from chain_joined
    where referrer_id <> ''
    group by referrer_id
)
select
    s.member_id, s.order_id, s.joined_on, s.seq, s.rule_version, s.price, s.withheld_on, s.referrer_id, s.ordinal,
    s.boss_of, s.boss_steps, s.placed_under, s.root_id, s.level, s.directs + coalesce(r.joined, 0) as directs,
    case
        when s.boss_on is null and r.joined > 0 and s.directs + r.joined >= $chain_n then cast($day as date)
        else s.boss_on
    end as boss_on
from standing as s
left join referred as r on s.member_id = r.referrer_id
left join chain_refunds as b on s.order_id = b.order_id and b.is_broken
where s.is_new or r.joined > 0 or b.order_id is not null
