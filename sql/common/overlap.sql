-- grain:   one row per pair of a piece of money and a need that meet when both are laid end to end in their lane
-- reads:   lay_money, lay_needs
-- needs:   lay_money | lay_needs
-- params:  -
-- returns: lane, money_place, need_place, amount
-- For so few pieces that one sort may hold a lane; overlap_long is for more.
with ends as (
    select
        lane, place as money_place, cast(null as bigint) as need_place,
        cast(sum(amount) over (partition by lane order by place) as bigint) as upto
    from lay_money
    where amount > 0
    union all
    select
        lane, cast(null as bigint) as money_place, place as need_place,
        cast(sum(amount) over (partition by lane order by place) as bigint) as upto
    from lay_needs
    where amount > 0
),
-- Between two neighbouring ends lies one piece of money and one need: of each the first that ends there or later. They
-- are gone through from the last end on, so that what lies ahead has been seen.
pieces as (
    select
        lane,
        upto - coalesce(
            lead(upto) over (
                partition by lane order by upto desc, money_place desc nulls first, need_place desc nulls first
            ),
            0
        ) as amount,
        min(money_place) over (
            partition by lane order by upto desc, money_place desc nulls first, need_place desc nulls first
            rows between unbounded preceding and current row
        ) as money_place,
        min(need_place) over (
            partition by lane order by upto desc, money_place desc nulls first, need_place desc nulls first
            rows between unbounded preceding and current row
        ) as need_place
    from ends
)
select lane, money_place, need_place, amount
from pieces
where amount > 0 and money_place is not null and need_place is not null
