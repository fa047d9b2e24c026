-- grain:   one row per tree of the chain at the close, the largest first (rules.md section 8b)
-- reads:   prior_trees, changed_trees
-- params:  -
-- returns: place, root_id, heads, levels, joined
with standing as (
    select root_id, heads, levels, heads as before
    from prior_trees
    where root_id not in (select root_id from changed_trees)
    union all
    select c.root_id, c.heads, c.levels, coalesce(p.heads, 0) as before
    from changed_trees as c
    left join prior_trees as p on c.root_id = p.root_id
)
select
    row_number() over (order by heads desc, levels desc, root_id) as place, root_id, heads, levels,
    heads - before as joined
from standing
