-- grain:   one row per waiting ticket of a lane
-- reads:   lanes_waiting, lanes_found
-- needs:   lanes_found, lanes_waiting
-- params:  -
-- returns: lane, place, amount
select f.lane, w.ticket_no as place, w.need as amount
from lanes_waiting as w
inner join lanes_found as f on w.queue_no = f.queue_no and w.member_id = f.member_id
