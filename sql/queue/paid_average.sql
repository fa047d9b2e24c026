-- grain:   one row per ticket that the common pot pays up to the level (rules.md section 6.3.2, average)
-- reads:   queue_needs
-- needs:   queue_needs
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
-- Tickets that need the same are filled together or not at all, so their needs are put in order, not they.
alike as (
    select n.queue_no, n.need, count(*) as alike
    from queue_needs as n
    inner join near as r on n.queue_no = r.queue_no and n.need // 1024 = r.span
    group by n.queue_no, n.need
),
ranked as (
    select
        n.queue_no, n.need, n.alike, r.pot, r.need_earlier, r.tickets_earlier, r.tickets,
        r.need_earlier
        + cast(sum(n.need * n.alike) over (partition by n.queue_no order by n.need) as bigint) as upto,
        r.tickets - r.tickets_earlier
        - cast(sum(n.alike) over (partition by n.queue_no order by n.need) as bigint) as others
    from alike as n
    inner join near as r on n.queue_no = r.queue_no
),
-- The tickets with the smallest needs are filled while all larger ones could get as much; the rest share alike.
full_ones as (
    select
        queue_no, pot, need_earlier, tickets_earlier, tickets, need, upto,
        case
            when upto > pot then 0
            when others = 0 then alike
            when need <= (pot - upto) // others then alike
            else 0
        end as filled
    from ranked
),
levels as (
    select
        queue_no, max(pot) as pot, max(tickets) as tickets,
        max(tickets_earlier) + coalesce(cast(sum(filled) as bigint), 0) as filled,
        coalesce(max(case when filled > 0 then upto end), max(need_earlier)) as spent,
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
