-- grain:   one row per member of buyers_standing with his latest live order of earlier days; no order where he has none
-- reads:   buyers_standing, order_history
-- needs:   buyers_standing
-- params:  -
-- returns: member_id, order_id, qualify_on, seq, kept
with latest as (
    select
        order_id, member_id, qualify_on, seq, kept,
        row_number() over (partition by member_id order by qualify_on desc, seq desc) as back
    from order_history
)
select member_id, order_id, qualify_on, seq, kept
from buyers_standing
where sure
union all
select
    s.member_id, coalesce(l.order_id, '') as order_id, l.qualify_on, coalesce(l.seq, 0) as seq, coalesce(l.kept, 0) as kept
from buyers_standing as s
left join latest as l on s.member_id = l.member_id and l.back = 1
where not s.sure
