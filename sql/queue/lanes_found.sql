-- grain:   one row per queue and member who has waiting tickets there and to whom an offer is made: a lane
-- reads:   lanes_waiting
-- needs:   lanes_waiting
-- params:  -
-- returns: lane, queue_no, member_id
-- Numbered in two levels, blocks of hashes and the lanes of each, so that no one sort holds all.
with found as (
    select queue_no, member_id, substr(md5(member_id), 1, 3) as block
    from lanes_waiting
    group by queue_no, member_id
),
blocks as (
    select block, count(*) as lanes
    from found
    group by block
),
starts as (
    select block, cast(sum(lanes) over (order by block) as bigint) - lanes as earlier
    from blocks
)
select
    cast(s.earlier + row_number() over (partition by s.block order by f.queue_no, f.member_id) as bigint) as lane,
    f.queue_no, f.member_id
from found as f
inner join starts as s on f.block = s.block
