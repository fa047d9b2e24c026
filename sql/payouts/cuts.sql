-- grain:   one row per member paid today, with what leaves each wallet (rules.md section 10.3)
-- reads:   payees
-- needs:   payees
-- params:  -
-- returns: member_id, channel, rebate, chance, labour
select
    member_id, channel,
    least(rebate, most) as rebate,
    least(chance, greatest(0, most - rebate)) as chance,
    least(labour, greatest(0, most - rebate - chance)) as labour
from payees
where verdict = 'paid'
