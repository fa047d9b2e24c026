-- grain:   one row per member who becomes an agent today, in what the sealed state and the ordinals alone tell: where
--          his sponsor joined today too, boss_of and root_id point to the sponsor until they are followed
-- reads:   package_orders, agents_found
-- needs:   package_orders
-- params:  chain_n, chain_fund_fen
-- returns: order_id, seq, member_id, merchant_id, kept, price, contribution, referrer_id, ordinal, boss_of, boss_steps,
--          boss_open, root_id, level, root_open, unresolved
with joiners as (
    select o.order_id, o.seq, o.member_id, o.sponsor_id, o.merchant_id, o.kept, o.price
    from package_orders as o
    left join agents_found as a on o.member_id = a.member_id
    where a.member_id is null
),
sponsored as (
    select
        j.order_id, j.seq, j.member_id, j.merchant_id, j.kept, j.price,
        a.member_id is not null as is_known, a.directs, a.boss_on, a.boss_of, a.boss_steps, a.root_id, a.level,
        -- Agent before this order, or none (rules.md section 8b).
        case when a.member_id is not null or t.seq < j.seq then j.sponsor_id else '' end as referrer_id
    from joiners as j
    left join agents_found as a on j.sponsor_id = a.member_id
    left join joiners as t on j.sponsor_id = t.member_id
),
turns as (
    select
        order_id, seq, member_id, merchant_id, kept, price, is_known, boss_on, boss_of, boss_steps, root_id, level,
        referrer_id, coalesce(directs, 0) as directs,
        row_number() over (partition by referrer_id order by seq) as turn
    from sponsored
),
-- He is tested for boss after each of his direct agents: before this one he was so, or has become it today.
tested as (
    select
        order_id, seq, member_id, merchant_id, kept, price, is_known, boss_of, boss_steps, root_id, level, referrer_id,
        directs + turn as ordinal,
        boss_on is not null or (turn > 1 and directs + turn - 1 >= $chain_n) as by_boss
    from turns
),
pointed as (
    select
        order_id, seq, member_id, merchant_id, kept, price, referrer_id,
        case when referrer_id = '' then cast(0 as bigint) else ordinal end as ordinal,
        case
            when referrer_id = '' then ''
            when by_boss or not is_known then referrer_id
            else boss_of
        end as boss_of,
        case
            when referrer_id = '' then cast(0 as bigint)
            when by_boss or not is_known then cast(1 as bigint)
            when boss_of = '' then cast(0 as bigint)
            else boss_steps + 1
        end as boss_steps,
        referrer_id <> '' and not by_boss and not is_known as boss_open,
        case when referrer_id = '' then member_id when is_known then root_id else referrer_id end as root_id,
        case when referrer_id <> '' and is_known then level + 1 else cast(1 as bigint) end as level,
        referrer_id <> '' and not is_known as root_open
    from tested
)
select
    order_id, seq, member_id, merchant_id, kept, price, least(kept, $chain_fund_fen) as contribution, referrer_id,
    ordinal, boss_of, boss_steps, boss_open, root_id, level, root_open,
    case when boss_open or root_open then 1 else 0 end as unresolved
from pointed
