-- grain:   one row per tree that somebody joined today: agents in it, and how many levels it has, the root's included
-- reads:   chain_joined, prior_trees
-- needs:   chain_joined
-- params:  -
-- returns: root_id, heads, levels
with grown as (
    select root_id, count(*) as heads, max(level) as levels
    from chain_joined
    group by root_id
)
select g.root_id, g.heads + coalesce(t.heads, 0) as heads, greatest(g.levels, coalesce(t.levels, 0)) as levels
from grown as g
left join prior_trees as t on g.root_id = t.root_id
