-- grain:   one row per order that is a referral (rules.md section 5.1) with the base of 5.2
-- reads:   referral_candidates
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
)
select
    order_id, seq, member_id, sponsor_id, kept, base_order_id, base,
    row_number() over (partition by sponsor_id order by seq) as turn
from based
where
    $referral_enabled
    and (is_first or $referral_repeat_invitee)
    and (not $referral_need_buy or base_kept > 0)
    and kept >= $referral_min_order_fen
    and base > 0
