-- grain:   one row per referral whose order was refunded to nothing: its ordinal is free again (rules.md section 9)
-- reads:   referrals_refunded, late_refunds
-- needs:   late_refunds, referrals_refunded
-- params:  -
-- returns: order_id, sponsor_id, member_id, ordinal, cycle, share, status, placed_on, seq, rule_version
select
    f.order_id, f.sponsor_id, f.member_id, f.ordinal, f.cycle, f.share, 'void' as status, f.placed_on, f.seq,
    f.rule_version
from referrals_refunded as f
inner join late_refunds as r on f.order_id = r.order_id
where r.kept_after = 0 and f.status <> 'void'
