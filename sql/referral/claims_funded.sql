-- grain:   one row per open claim after the pool has paid in turn (rules.md section 5.3)
-- reads:   claims_open, referral_pool, versions
-- needs:   claims_open, referral_pool, versions
-- params:  day
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp, is_new, paid, wallet
-- What earlier claims want is summed in two levels, blocks of a day's claims and the claims of each, so that no one sort
-- holds all.
with blocks as (
    select claimed_on, seq // 1048576 as block, cast(sum(amount - received) as bigint) as want
    from claims_open
    group by claimed_on, seq // 1048576
),
starts as (
    select claimed_on, block, cast(sum(want) over (order by claimed_on, block) as bigint) - want as earlier
    from blocks
),
running as (
    select
        c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, c.amount, c.received,
        c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp, c.is_new, p.amount as pool,
        s.earlier
        + cast(
            sum(c.amount - c.received) over (partition by s.claimed_on, s.block order by c.seq, c.order_id) as bigint
        ) - (c.amount - c.received) as earlier
    from claims_open as c
    inner join starts as s on c.claimed_on = s.claimed_on and c.seq // 1048576 = s.block
    cross join referral_pool as p
),
paying as (
    select
        claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, claimed_on, ended_on,
        rule_version, seq, rate_bp, is_new,
        least(amount - received, greatest(0, pool - earlier)) as paid
    from running
)
select
    p.claim_id, p.programme, p.member_id, p.order_id, p.ordinal, p.base_order_id, p.cap, p.amount,
    p.received + p.paid as received,
    case when p.received + p.paid = p.amount then 'paid' else 'open' end as status,
    p.claimed_on,
    case when p.received + p.paid = p.amount then cast($day as date) else p.ended_on end as ended_on,
    p.rule_version, p.seq, p.rate_bp, p.is_new, p.paid, v.tax_referral as wallet
from paying as p
inner join versions as v on p.rule_version = v.version
