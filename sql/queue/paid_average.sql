-- grain:   one row per ticket that the common pot pays up to the level (rules.md section 6.3.2, average)
-- reads:   queue_needs
-- params:  -
-- returns: queue_no, ticket_no, amount
-- Only the needs near the level are put in order: first it is found between which multiples of 1024 fen it lies.
with spans as (
    select
        queue_no, need // 1024 as span, max(pot) as pot, count(*) as tickets, cast(sum(need) as bigint) as need
    from queue_needs
    group by queue_no, need // 1024
),
running as (
    select
        queue_no, span, pot,
        cast(sum(need) over (partition by queue_no order by span) as bigint) - need as need_earlier,
        cast(sum(tickets) over (partition by queue_no order by span) as bigint) - tickets as tickets_earlier,
        cast(sum(tickets) over (partition by queue_no) as bigint) as tickets
    from spans
),
-- The level lies in the last span whose lower end all that reach it can get, once the smaller ones are filled.
reached as (
    select
        queue_no,
        coalesce(
            max(
                case
                    when need_earlier <= pot and span * 1024 <= (pot - need_earlier) // (tickets - tickets_earlier)
                        then span
                end
            ),
            min(span)
        ) as span
    from running
    group by queue_no
),
near as (
    select r.queue_no, r.span, r.pot, r.need_earlier, r.tickets_earlier, r.tickets
    from running as r
    inner join reached as l on r.queue_no = l.queue_no and r.span = l.span
),
ranked as (
    select
        n.queue_no, n.need, r.pot, r.need_earlier, r.tickets_earlier, r.tickets,
        r.need_earlier
        + cast(sum(n.need) over (partition by n.queue_no order by n.need, n.ticket_no) as bigint) as upto,
        r.tickets - r.tickets_earlier
        - row_number() over (partition by n.queue_no order by n.need, n.ticket_no) as others
    from queue_needs as n
    inner join near as r on n.queue_no = r.queue_no and n.need // 1024 = r.span
),
-- The tickets with the smallest needs are filled while all larger ones could get as much; the rest share alike.
full_ones as (
    select
        queue_no, pot, need_earlier, tickets_earlier, tickets, need, upto,
        case
            when upto > pot then 0
            when others = 0 then 1
            when need <= (pot - upto) // others then 1
            else 0
        end as is_full
    from ranked
),
levels as (
    select
        queue_no, max(pot) as pot, max(tickets) as tickets,
        max(tickets_earlier) + coalesce(cast(sum(is_full) as bigint), 0) as filled,
        coalesce(max(case when is_full = 1 then upto end), max(need_earlier)) as spent,
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
select n.queue_no, n.ticket_no, least(n.need, s.level) as amount
from queue_needs as n
inner join struck as s on n.queue_no = s.queue_no
where s.level > 0
