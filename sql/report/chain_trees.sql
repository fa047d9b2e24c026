-- grain:   one row per tree of the chain at the close, the largest first in the order of the first three columns
--          (rules.md section 8b)
-- reads:   prior_trees, changed_trees
-- needs:   changed_trees | prior_trees
-- params:  -
-- returns: by_heads, by_levels, root_id, heads, levels, joined
with standing as (
    select root_id, heads, levels, heads as before
    from prior_trees
    where root_id not in (select root_id from changed_trees)
    union all
    select c.root_id, c.heads, c.levels, coalesce(p.heads, 0) as before
    from changed_trees as c
    left join prior_trees as p on c.root_id = p.root_id
)
select -heads as by_heads, -levels as by_levels, root_id, heads, levels, heads - before as joined
from standing
