-- grain:   one row per pair of a piece of money and a need that meet when both are laid end to end in their lane, as
--          overlap says, whatever one lane holds
-- reads:   lay_money, lay_needs
-- needs:   lay_money | lay_needs
-- params:  -
-- returns: lane, money_place, need_place, amount
with sides as (
    select lane, place, amount, 1 as paying from lay_money where amount > 0
    union all
    select lane, place, amount, 0 as paying from lay_needs where amount > 0
),
-- A lane with more than one sort should hold is laid block by block: first of its places, then of its sums, which are cut
-- into as many equal parts as it has blocks of pieces.
long_lanes as (
    select
        lane,
        greatest(
            cast(sum(case when paying = 1 then amount else 0 end) as bigint),
            cast(sum(case when paying = 0 then amount else 0 end) as bigint)
        ) // (count(*) // 1048576 + 1) + 1 as width
    from sides
    group by lane
    having count(*) > 1048576
),
placed as (
    select
        s.lane, s.place, s.amount, s.paying, l.width,
        case when l.lane is null then 0 else s.place // 1048576 end as block
    from sides as s
    left join long_lanes as l on s.lane = l.lane
),
blocks as (
    select lane, paying, block, cast(sum(amount) as bigint) as amount
    from placed
    where width is not null
    group by lane, paying, block
),
starts as (
    select
        lane, paying, block,
        cast(sum(amount) over (partition by lane, paying order by block) as bigint) - amount as earlier
    from blocks
),
sums as (
    select
        lane, place, paying, width, block,
        cast(sum(amount) over (partition by lane, paying, block order by place) as bigint) as upto
    from placed
),
ends as (
    select
        p.lane, p.width, coalesce(s.earlier, 0) + p.upto as upto,
        case when p.paying = 1 then p.place end as money_place,
        case when p.paying = 0 then p.place end as need_place
    from sums as p
    left join starts as s on p.lane = s.lane and p.paying = s.paying and p.block = s.block
),
parted as (
    select lane, upto, money_place, need_place, width, coalesce(upto // width, 0) as part from ends
),
parts as (
    select
        lane, part, max(upto) as upto, min(money_place) as money_place, min(need_place) as need_place
    from parted
    where width is not null
    group by lane, part
),
-- What lies before a part and after it.
edges as (
    select
        lane, part,
        lead(upto) over (partition by lane order by part desc) as upto,
        min(money_place) over (
            partition by lane order by part desc rows between unbounded preceding and 1 preceding
        ) as money_place,
        min(need_place) over (
            partition by lane order by part desc rows between unbounded preceding and 1 preceding
        ) as need_place
    from parts
),
-- Between two neighbouring ends lies one piece of money and one need: of each the first that ends there or later. They
-- are gone through from the last end on, so that what lies ahead has been seen.
pieces as (
    select
        lane, part, upto,
        lead(upto) over (
            partition by lane, part order by upto desc, money_place desc nulls first, need_place desc nulls first
        ) as before,
        min(money_place) over (
            partition by lane, part order by upto desc, money_place desc nulls first, need_place desc nulls first
            rows between unbounded preceding and current row
        ) as money_place,
        min(need_place) over (
            partition by lane, part order by upto desc, money_place desc nulls first, need_place desc nulls first
            rows between unbounded preceding and current row
        ) as need_place
    from parted
),
met as (
    select
        p.lane, p.upto - coalesce(p.before, e.upto, 0) as amount,
        coalesce(p.money_place, e.money_place) as money_place, coalesce(p.need_place, e.need_place) as need_place
    from pieces as p
    left join edges as e on p.lane = e.lane and p.part = e.part
)
select lane, money_place, need_place, amount
from met
where amount > 0 and money_place is not null and need_place is not null
