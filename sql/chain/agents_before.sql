-- grain:   one row per agent of earlier days whom today concerns, as he stands after the late refunds
-- reads:   agents_found, bosses_found, uppers_found, firsts_found, agents_refunded, chain_refunds
-- needs:   agents_found | agents_refunded | bosses_found | firsts_found | uppers_found
-- params:  day
-- returns: member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of,
--          boss_steps, placed_under, root_id, level, directs, boss_on
with found as (
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on
    from agents_found
    union
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on
    from bosses_found
    union
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on
    from uppers_found
    union
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on
    from firsts_found
    union
    select
        member_id, order_id, joined_on, seq, rule_version, price, withheld_on, referrer_id, ordinal, boss_of, boss_steps,
        placed_under, root_id, level, directs, boss_on
    from agents_refunded
)
select
    f.member_id, f.order_id, f.joined_on, f.seq, f.rule_version, f.price,
    case when f.withheld_on is null and r.is_broken then cast($day as date) else f.withheld_on end as withheld_on,
    f.referrer_id, f.ordinal, f.boss_of, f.boss_steps, f.placed_under, f.root_id, f.level, f.directs, f.boss_on
from found as f
left join chain_refunds as r on f.order_id = r.order_id
