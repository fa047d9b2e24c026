-- grain:   one row per referral of today with its ordinal, its cycle and what it may want (rules.md section 5.2)
-- reads:   referrals_entered, sponsor_ordinals, ladder
-- needs:   ladder, referrals_entered
-- params:  version, referral_n, referral_after, referral_flat_bp, referral_reserve_bp
-- returns: order_id, seq, member_id, sponsor_id, kept, base_order_id, ordinal, cycle, rate_bp, share, want
with freed as (
    select sponsor_id, ordinal, row_number() over (partition by sponsor_id order by ordinal) as turn
    from sponsor_ordinals
    where freed
),
counts as (
    select
        sponsor_id, max(ordinal) + 1 as next_new, cast(sum(case when freed then 1 else 0 end) as bigint) as freed_count
    from sponsor_ordinals
    group by sponsor_id
),
numbered as (
    select
        e.order_id, e.seq, e.member_id, e.sponsor_id, e.kept, e.base_order_id, e.base,
        coalesce(f.ordinal, coalesce(c.next_new, 0) + e.turn - 1 - coalesce(c.freed_count, 0)) as ordinal
    from referrals_entered as e
    left join counts as c on e.sponsor_id = c.sponsor_id
    left join freed as f on e.sponsor_id = f.sponsor_id and e.turn = f.turn
),
rated as (
    select
        n.order_id, n.seq, n.member_id, n.sponsor_id, n.kept, n.base_order_id, n.base, n.ordinal,
        case
            when n.ordinal >= $referral_n and $referral_after = 'flat' then cast(-1 as bigint)
            else mul_div(n.ordinal, 1, $referral_n)
        end as cycle,
        case
            when n.ordinal >= $referral_n and $referral_after = 'once' then cast(0 as bigint)
            when n.ordinal >= $referral_n and $referral_after = 'flat' then cast($referral_flat_bp as bigint)
            else l.bp
        end as rate_bp
    from numbered as n
    inner join ladder as l on n.ordinal % $referral_n = l.step and l.version = $version
)
select
    order_id, seq, member_id, sponsor_id, kept, base_order_id, cast(ordinal as bigint) as ordinal, cycle, rate_bp,
    mul_div(kept, $referral_reserve_bp, 10000)
    + case when mul_div(kept, $referral_reserve_bp, 10000) * 10000 < kept * $referral_reserve_bp then 1 else 0 end as share,
    least(mul_div(base, rate_bp, 10000), kept) as want
from rated
