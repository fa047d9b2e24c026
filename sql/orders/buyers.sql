-- grain:   one row per member with an order that qualifies today, with his sponsor
-- reads:   qualified, prior_members, taken_members
-- needs:   qualified, prior_members | taken_members
-- params:  -
-- returns: member_id, sponsor_id
with known as (
    select member_id, sponsor_id from prior_members
    union all
    select member_id, sponsor_id from taken_members
)
select k.member_id, k.sponsor_id
from known as k
where k.member_id in (select member_id from qualified)
