-- grain:   one row per lot that sold more units than its right now is: the money for them comes back (rules.md section
--          4.2, late refund)
-- reads:   lots_refunded
-- needs:   lots_refunded
-- params:  priced_wallet
-- returns: place, step, made_on, made_seq, programme, member_id, order_id, wallet, account, holder, amount, rule_version
select
    place, 3 as step, opened_on as made_on, seq as made_seq, programme, holder as member_id, order_id,
    $priced_wallet as wallet, 'pool_points' as account, 'platform' as holder, taken_back as amount, rule_version
from lots_refunded
where taken_back > 0
