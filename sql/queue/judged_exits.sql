-- grain:   one row per exit request of today with what becomes of it (rules.md section 6.2)
-- reads:   taken_exits, exits_standing
-- needs:   taken_exits
-- params:  day, queue_exit_after_days
-- returns: source, row_no, exit_id, order_id, queue_id, ticket_no, verdict
with turns as (
    select
        source, row_no, exit_id, order_id,
        row_number() over (partition by order_id order by requested_at, exit_id) as turn
    from taken_exits
),
waiting as (
    select order_id, queue_id, ticket_no, entered_on
    from exits_standing
    where status = 'waiting'
)
select
    x.source, x.row_no, x.exit_id, x.order_id, w.queue_id, w.ticket_no,
    case
        when w.order_id is null then 'no_waiting_ticket'
        when w.entered_on > cast($day as date) - cast($queue_exit_after_days as int) then 'exit_too_early'
        when x.turn > 1 then 'no_waiting_ticket'
        else 'taken'
    end as verdict
from turns as x
left join waiting as w on x.order_id = w.order_id
