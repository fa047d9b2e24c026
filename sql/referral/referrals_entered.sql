-- grain:   one row per order that is a referral (rules.md section 5.1) with the base of 5.2
-- reads:   referral_candidates
-- needs:   referral_candidates
-- params:  referral_enabled, referral_base, referral_need_buy, referral_repeat_invitee, referral_min_order_fen
-- returns: order_id, seq, member_id, sponsor_id, kept, base_order_id, base, turn
with based as (
    select
        order_id, seq, member_id, sponsor_id, kept, is_first, base_kept,
        case when $referral_base = 'invitee' then '' else base_order_id end as base_order_id,
        case
            when $referral_base = 'invitee' then kept
            when $referral_base = 'referrer' then base_kept
            else least(kept, base_kept)
        end as base
    from referral_candidates
),
entered as (
    select order_id, seq, member_id, sponsor_id, kept, base_order_id, base, seq // 1048576 as block
    from based
    where
        $referral_enabled
        and (is_first or $referral_repeat_invitee)
        and (not $referral_need_buy or base_kept > 0)
        and kept >= $referral_min_order_fen
        and base > 0
),
-- The turns in two levels, blocks of the sequence and the referrals of each, so that no one sort holds all of a sponsor.
blocks as (
    select sponsor_id, block, count(*) as referrals
    from entered
    group by sponsor_id, block
),
starts as (
    select
        sponsor_id, block, cast(sum(referrals) over (partition by sponsor_id order by block) as bigint) - referrals
            as earlier
    from blocks
)
select
    e.order_id, e.seq, e.member_id, e.sponsor_id, e.kept, e.base_order_id, e.base,
    s.earlier + row_number() over (partition by e.sponsor_id, e.block order by e.seq) as turn
from entered as e
inner join starts as s on e.sponsor_id = s.sponsor_id and e.block = s.block
