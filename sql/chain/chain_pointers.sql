-- grain:   one row per member who becomes an agent today, after another round: each pointer that leads to one of today
--          is replaced by that one's, so that it reaches twice as far
-- reads:   chain_joined
-- needs:   chain_joined
-- params:  -
-- returns: order_id, seq, member_id, merchant_id, kept, price, contribution, referrer_id, ordinal, boss_of, boss_steps,
--          boss_open, root_id, level, root_open, unresolved
with followed as (
    select
        j.order_id, j.seq, j.member_id, j.merchant_id, j.kept, j.price, j.contribution, j.referrer_id, j.ordinal,
        case when j.boss_open then b.boss_of else j.boss_of end as boss_of,
        case
            when not j.boss_open then j.boss_steps
            when b.boss_of = '' then cast(0 as bigint)
            else j.boss_steps + b.boss_steps
        end as boss_steps,
        j.boss_open and b.boss_open as boss_open,
        case when j.root_open then r.root_id else j.root_id end as root_id,
        case when j.root_open then j.level + r.level else j.level end as level,
        j.root_open and r.root_open as root_open
    from chain_joined as j
    left join chain_joined as b on j.boss_open and j.boss_of = b.member_id
    left join chain_joined as r on j.root_open and j.root_id = r.member_id
)
select
    order_id, seq, member_id, merchant_id, kept, price, contribution, referrer_id, ordinal, boss_of, boss_steps,
    boss_open, root_id, level, root_open,
    case when boss_open or root_open then 1 else 0 end as unresolved
from followed
