-- grain:   one row per claim and late refund that takes money back (rules.md section 9)
-- reads:   claim_steps, claims_before, versions
-- needs:   claim_steps, claims_before, versions
-- params:  -
-- returns: place, step, made_on, made_seq, programme, member_id, order_id, wallet, account, holder, amount, rule_version
select
    s.place, s.role as step, c.claimed_on as made_on, c.seq as made_seq, 'referral' as programme, c.member_id,
    c.order_id, v.tax_referral as wallet, 'pool_referral' as account, 'platform' as holder, s.taken_back as amount,
    c.rule_version
from claim_steps as s
inner join claims_before as c on s.claim_id = c.claim_id
inner join versions as v on c.rule_version = v.version
where s.taken_back > 0
