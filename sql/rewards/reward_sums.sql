-- grain:   one row per programme, kind, commodity, depth and rule version: what members got or gave back today
-- reads:   rewards
-- needs:   rewards
-- params:  -
-- returns: programme, kind, commodity, paid_depth, rule_version, changes, amount
select
    programme, kind, commodity, paid_depth, rule_version, count(*) as changes, cast(sum(amount) as bigint) as amount
from rewards
group by programme, kind, commodity, paid_depth, rule_version
