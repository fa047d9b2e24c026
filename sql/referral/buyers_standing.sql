-- grain:   one row per known buyer whom today concerns: who buys, who sponsors a buyer, whose latest order was refunded;
--          his latest live order as of step 4, and whether the sealed summary still tells it
-- reads:   prior_buyers, late_refunds, buyers
-- needs:   prior_buyers, buyers | late_refunds
-- params:  referral_min_order_fen
-- returns: member_id, order_id, qualify_on, seq, kept, sure
with people as (
    select member_id from buyers
    union
    select sponsor_id as member_id from buyers where sponsor_id <> ''
    union
    select member_id from late_refunds
),
standing as (
    select
        p.member_id, p.order_id, p.qualify_on, p.seq, p.least, coalesce(r.kept_after, p.kept) as kept,
        r.order_id is not null as refunded
    from prior_buyers as p
    inner join people as a on p.member_id = a.member_id
    left join late_refunds as r on p.order_id = r.order_id
)
select
    member_id, order_id, qualify_on, seq, kept,
    -- A latest order that is no longer live, or another least amount: an earlier one may be the latest now.
    least = $referral_min_order_fen and (not refunded or (kept > 0 and kept >= $referral_min_order_fen)) as sure
from standing
