-- grain:   one row per claim that a late refund of its order takes money back from (rules.md sections 8b and 9)
-- reads:   chain_claims_refunded, award_places
-- needs:   award_places, chain_claims_refunded
-- params:  -
-- returns: place, step, made_on, made_seq, programme, member_id, order_id, wallet, account, holder, amount, rule_version
select
    c.place, 6 as step, c.claimed_on as made_on, a.place as made_seq, 'chain' as programme, c.member_id, c.order_id,
    c.wallet, 'pool_chain' as account, 'platform' as holder, c.taken_back as amount, c.rule_version
from chain_claims_refunded as c
inner join award_places as a on c.claim_id = concat('chain/', c.order_id, '/', a.award)
where c.taken_back > 0
