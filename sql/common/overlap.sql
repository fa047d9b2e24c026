-- grain:   one row per pair of a piece of money and a need that meet when both are laid end to end in their lane
-- reads:   lay_money, lay_needs
-- params:  -
-- returns: lane, money_place, need_place, amount
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
-- Between two neighbouring ends lies one piece of money and one need: of each the first that ends there or later.
pieces as (
    select
        lane,
        upto - coalesce(lag(upto) over (partition by lane order by upto, money_place, need_place), 0) as amount,
        min(money_place) over (
            partition by lane order by upto, money_place, need_place rows between current row and unbounded following
        ) as money_place,
        min(need_place) over (
            partition by lane order by upto, money_place, need_place rows between current row and unbounded following
        ) as need_place
    from ends
)
select lane, money_place, need_place, amount
from pieces
where amount > 0 and money_place is not null and need_place is not null
