-- grain:   one row per queue and member who has waiting tickets there and to whom an offer is made: a lane
-- reads:   lanes_waiting
-- params:  -
-- returns: lane, queue_no, member_id
with found as (
    select distinct queue_no, member_id from lanes_waiting
)
select cast(row_number() over (order by queue_no, member_id) as bigint) as lane, queue_no, member_id
from found
