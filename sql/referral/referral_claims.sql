-- grain:   one row per referral of today with its cap and amount, the closed form of rules.md section 5.2
-- reads:   referrals_placed, cycle_sums
-- needs:   referrals_placed
-- params:  -
-- returns: order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share, cap, amount
with lanes as (
    select
        p.order_id, p.seq, p.member_id, p.sponsor_id, p.kept, p.base_order_id, p.ordinal, p.cycle, p.rate_bp, p.share,
        p.want,
        -- A flat referral is a cycle of its own.
        case when p.cycle < 0 then p.order_id else '' end as own,
        coalesce(s.paid_in, 0) as paid_in,
        coalesce(s.claimed, 0) as claimed
    from referrals_placed as p
    left join cycle_sums as s on p.sponsor_id = s.sponsor_id and p.cycle = s.cycle
),
running as (
    select
        order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share, own, claimed,
        paid_in + cast(sum(share) over (partition by sponsor_id, cycle, own order by seq) as bigint) as paid_in_upto,
        cast(sum(want) over (partition by sponsor_id, cycle, own order by seq) as bigint) as want_upto
    from lanes
),
closed as (
    select
        order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share, own, claimed,
        paid_in_upto,
        want_upto + least(
            claimed,
            min(greatest(paid_in_upto, claimed) - want_upto) over (partition by sponsor_id, cycle, own order by seq)
        ) as claimed_upto
    from running
),
stepped as (
    select
        order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share, paid_in_upto,
        claimed_upto,
        coalesce(
            lag(claimed_upto) over (partition by sponsor_id, cycle, own order by seq), claimed
        ) as claimed_earlier
    from closed
)
select
    order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share,
    greatest(0, paid_in_upto - claimed_earlier) as cap,
    claimed_upto - claimed_earlier as amount
from stepped
