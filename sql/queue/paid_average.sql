-- grain:   one row per ticket that the common pot pays up to the level (rules.md section 6.3.2, average)
-- reads:   queue_needs
-- params:  -
-- returns: queue_no, turn, ticket_no, amount
with ranked as (
    select
        queue_no, ticket_no, need, pot,
        cast(sum(need) over (partition by queue_no order by need, ticket_no) as bigint) as upto,
        count(*) over (partition by queue_no)
        - row_number() over (partition by queue_no order by need, ticket_no) as others
    from queue_needs
),
-- The tickets with the smallest needs are filled while all larger ones could get as much; the rest share alike.
full_ones as (
    select
        queue_no, pot, need, upto, others,
        case
            when upto > pot then 0
            when others = 0 then 1
            when need <= mul_div(pot - upto, 1, others) then 1
            else 0
        end as is_full
    from ranked
),
levels as (
    select
        queue_no, max(pot) as pot, count(*) as tickets,
        coalesce(cast(sum(is_full) as bigint), 0) as filled,
        coalesce(max(case when is_full = 1 then upto end), 0) as spent,
        max(need) as largest
    from full_ones
    group by queue_no
),
struck as (
    select
        queue_no,
        case when filled = tickets then largest else mul_div(pot - spent, 1, tickets - filled) end as level
    from levels
)
select n.queue_no, cast(0 as bigint) as turn, n.ticket_no, least(n.need, s.level) as amount
from queue_needs as n
inner join struck as s on n.queue_no = s.queue_no
where s.level > 0
