-- grain:   one row per queue that tickets entered today, with its last number
-- reads:   tickets_entered
-- needs:   tickets_entered
-- params:  -
-- returns: queue_id, last_no
select queue_id, max(ticket_no) as last_no
from tickets_entered
group by queue_id
