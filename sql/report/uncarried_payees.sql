-- grain:   one row per member who is not paid because his channel cannot carry a field (rules.md section 10.3)
-- reads:   payees
-- needs:   payees
-- params:  -
-- returns: member_id, channel, reason, held
select member_id, channel, reason, rebate + chance + labour as held
from payees
where verdict = 'channel_cannot_carry'
