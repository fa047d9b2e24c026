-- grain:   one row per agent of today beyond the first n of his sponsor, and under which of these he is placed (滑落)
-- reads:   chain_joined, firsts_found
-- needs:   chain_joined
-- params:  chain_n
-- returns: order_id, member_id
with firsts as (
    select member_id, referrer_id, ordinal, directs
    from firsts_found
    where ordinal <= $chain_n
    union all
    select member_id, referrer_id, ordinal, cast(0 as bigint) as directs
    from chain_joined
    where referrer_id <> '' and ordinal <= $chain_n
),
asked as (
    select j.order_id, j.seq, f.member_id, f.ordinal, f.directs
    from chain_joined as j
    inner join firsts as f on j.referrer_id = f.referrer_id
    where j.ordinal > $chain_n
),
-- Who joined under each of them today, and the orders that ask how many these are, on one time line.
time_line as (
    select member_id, seq, order_id, 0 as joined
    from asked
    union all
    select referrer_id as member_id, seq, cast(null as varchar) as order_id, 1 as joined
    from chain_joined
    where referrer_id in (select member_id from asked)
),
counted as (
    select
        member_id, order_id,
        cast(
            sum(joined) over (partition by member_id order by seq rows between unbounded preceding and current row) as bigint
        ) as joined
    from time_line
),
ranked as (
    select
        a.order_id, a.member_id,
        row_number() over (partition by a.order_id order by a.directs + c.joined, a.ordinal) as place
    from asked as a
    inner join counted as c on a.member_id = c.member_id and a.order_id = c.order_id
)
select order_id, member_id
from ranked
where place = 1
