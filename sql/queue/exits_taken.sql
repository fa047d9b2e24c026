-- grain:   one row per exit that was taken, kept to know its repetition
-- reads:   taken_exits, judged_exits
-- needs:   judged_exits, taken_exits
-- params:  -
-- returns: exit_id, order_id, requested_at
select t.exit_id, t.order_id, t.requested_at
from taken_exits as t
inner join judged_exits as j on t.exit_id = j.exit_id
where j.verdict = 'taken'
