-- grain:   one row per ticket of a late-refunded order that changes: its new target, what it had above it,
--          and the voucher of an exited one (rules.md section 9)
-- reads:   refunded_tickets, late_refunds, versions
-- needs:   late_refunds, refunded_tickets, versions
-- params:  -
-- returns: queue_id, ticket_no, place, part, new_target, new_received, new_behind, taken_back, voucher_back, kept_after
with targets as (
    select
        r.order_id, r.place, r.kept_after,
        case
            when v.queue_target_max_fen > 0
                then least(mul_div(r.kept_after, v.queue_target_bp, 10000), v.queue_target_max_fen)
            else mul_div(r.kept_after, v.queue_target_bp, 10000)
        end as target_after,
        case
            when v.queue_target_max_fen > 0
                then least(mul_div(r.kept_before, v.queue_target_bp, 10000), v.queue_target_max_fen)
            else mul_div(r.kept_before, v.queue_target_bp, 10000)
        end as target_before
    from late_refunds as r
    inner join versions as v on r.rule_version = v.version
),
parts as (
    select
        t.queue_id, t.ticket_no, t.part, t.target, t.received, t.behind, t.status, t.exit_bp, t.exit_behind,
        g.place, g.kept_after, g.target_after, g.target_before,
        cast(sum(t.target) over (partition by t.order_id order by t.part) as bigint) as upto
    from refunded_tickets as t
    inner join targets as g on t.order_id = g.order_id
),
shrunk as (
    select
        queue_id, ticket_no, part, place, kept_after, status, target, received, behind, exit_bp,
        greatest(0, least(target, target_after - (upto - target))) as right_after,
        greatest(0, least(target, target_before - (upto - target))) as right_before,
        greatest(0, least(behind, target_after - upto)) as behind_after,
        greatest(0, least(exit_behind, target_after - upto)) as closed_after,
        greatest(0, least(exit_behind, target_before - upto)) as closed_before
    from parts
),
outcome as (
    select
        queue_id, ticket_no, part, place, kept_after, target, received, behind,
        case when status = 'exited' then target else right_after end as new_target,
        least(received, right_after) as new_received,
        behind_after as new_behind,
        received - least(received, right_after) as taken_back,
        case
            when status = 'exited'
                then mul_div(greatest(0, right_before - received) + closed_before, exit_bp, 10000)
                - mul_div(greatest(0, right_after - received) + closed_after, exit_bp, 10000)
            else 0
        end as voucher_back
    from shrunk
)
select
    queue_id, ticket_no, place, part, new_target, new_received, new_behind, taken_back,
    cast(voucher_back as bigint) as voucher_back, kept_after
from outcome
where new_target <> target or new_received <> received or new_behind <> behind or voucher_back <> 0
