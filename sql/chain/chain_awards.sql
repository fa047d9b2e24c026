-- grain:   one row per award of an order of today that makes a claim, blocked ones too (rules.md section 8b)
-- reads:   chain_joined, chain_weakest, agents_before, award_places
-- needs:   award_places, chain_joined
-- params:  chain_direct_bp, chain_direct_agent_fen, chain_team_fen, chain_peer_bp, chain_slide_bp, max_paid_depth
-- returns: order_id, seq, award, place, member_id, depth, rate_bp, is_blocked, cap, amount
with known as (
    select member_id, boss_of, boss_steps, withheld_on is not null as is_withheld from agents_before
    union all
    -- Whoever joins today keeps his price.
    select member_id, boss_of, boss_steps, false as is_withheld from chain_joined
),
joined as (
    select
        j.order_id, j.seq, j.kept, j.contribution, j.referrer_id, j.boss_of, j.boss_steps,
        coalesce(b.boss_of, '') as upper_id, j.boss_steps + b.boss_steps as upper_steps,
        coalesce(w.member_id, '') as placed_under
    from chain_joined as j
    left join known as b on j.boss_of = b.member_id
    left join chain_weakest as w on j.order_id = w.order_id
),
offered as (
    select
        order_id, seq, contribution, 'direct' as award, referrer_id as member_id, cast(1 as bigint) as depth,
        cast($chain_direct_bp as bigint) as rate_bp,
        case when $chain_direct_bp > 0 then mul_div(kept, $chain_direct_bp, 10000) else $chain_direct_agent_fen end
        + case when boss_of = referrer_id then $chain_team_fen else 0 end as want
    from joined
    union all
    select
        order_id, seq, contribution, 'team' as award, case when boss_of = referrer_id then '' else boss_of end as member_id,
        boss_steps as depth, cast(0 as bigint) as rate_bp, cast($chain_team_fen as bigint) as want
    from joined
    union all
    select
        order_id, seq, contribution, 'peer' as award, upper_id as member_id, upper_steps as depth,
        cast(0 as bigint) as rate_bp, mul_div($chain_team_fen, $chain_peer_bp, 10000) as want
    from joined
    union all
    select
        order_id, seq, contribution, 'slide' as award, placed_under as member_id, cast(2 as bigint) as depth,
        cast($chain_slide_bp as bigint) as rate_bp, mul_div(kept, $chain_slide_bp, 10000) as want
    from joined
),
judged as (
    select
        o.order_id, o.seq, o.contribution, o.award, a.place, o.member_id, o.depth, o.rate_bp, o.want, k.is_withheld,
        o.depth > $max_paid_depth as is_blocked
    from offered as o
    inner join award_places as a on o.award = a.award
    inner join known as k on o.member_id = k.member_id
),
running as (
    select
        order_id, seq, contribution, award, place, member_id, depth, rate_bp, want, is_withheld, is_blocked,
        cast(
            sum(case when is_withheld or is_blocked then 0 else want end) over (
                partition by order_id order by place rows between unbounded preceding and current row
            ) as bigint
        ) - case when is_withheld or is_blocked then 0 else want end as earlier
    from judged
),
capped as (
    select
        order_id, seq, award, place, member_id, depth, rate_bp, want, is_withheld, is_blocked,
        greatest(cast(0 as bigint), contribution - earlier) as cap
    from running
)
select
    order_id, seq, award, place, member_id, depth, rate_bp, is_blocked, cap, least(want, cap) as amount
from capped
where not is_withheld and want > 0 and cap > 0
