-- grain:   one row per programme, kind and commodity: what members got today
-- reads:   rewards
-- needs:   rewards
-- params:  -
-- returns: programme, kind, commodity, changes, members, amount
select
    programme, kind, commodity, count(*) as changes, count(distinct member_id) as members,
    cast(sum(amount) as bigint) as amount
from rewards
group by programme, kind, commodity
