-- grain:   one row per lot of green points that late refunds made smaller, as it stands after them, with the GREEN and
--          the vouchers that go back (rules.md section 7)
-- reads:   green_lots_resized, green_lots_hit, green_rights
-- needs:   green_lots_hit, green_lots_resized, green_rights
-- params:  day
-- returns: lot_id, programme, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on,
--          rule_version, seq, price, paid, concession_bp, period_in, period_out, place, lot_no, green_back,
--          vouchers_back
-- A right is lot x rate / 10^16, in two parts that each stay far below 128 bits.
with rights as (
    select
        s.lot_id, s.place, s.lot_no, s.size_before, s.size_after,
        s.size_before * r.whole + mul_div(s.size_before, r.part, 10000000000000000) as right_before,
        s.size_after * r.whole + mul_div(s.size_after, r.part, 10000000000000000) as right_after
    from green_lots_resized as s
    inner join green_rights as r
        on s.rule_version = r.rule_version and s.period_in = r.period_in and s.period_out = r.period_out
),
sunk as (
    select
        l.lot_id, l.programme, l.holder, l.order_id, l.contribution, l.status, l.opened_on, l.closed_on,
        l.rule_version, l.seq, l.price, l.paid, l.concession_bp, l.period_in, l.period_out, x.place, x.lot_no,
        l.status = 'live' as lives, x.size_before, x.size_after, l.received as received_before,
        -- Without a right nothing was released.
        case
            when x.right_before = 0 then l.received else mul_div(l.received, x.right_after, x.right_before)
        end as received_after
    from rights as x
    inner join green_lots_hit as l on x.lot_id = l.lot_id
)
select
    lot_id, programme, holder, order_id, size_after as granted, case when lives then size_after else 0 end as "left",
    received_after as received, contribution,
    case when lives and size_after > 0 then 'live' else 'closed' end as status,
    opened_on,
    case when lives and size_after = 0 then cast($day as date) else closed_on end as closed_on,
    rule_version, seq, price, paid, concession_bp, period_in, period_out, place, lot_no,
    case when lives then size_before - size_after else 0 end as green_back,
    received_before - received_after as vouchers_back
from sunk
