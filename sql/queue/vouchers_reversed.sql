-- grain:   one row per exited ticket whose voucher shrinks (rules.md section 9)
-- reads:   ticket_steps, refunded_tickets
-- needs:   refunded_tickets, ticket_steps
-- params:  -
-- returns: place, member_id, order_id, rule_version, units
select s.place, t.member_id, t.order_id, t.rule_version, s.voucher_back as units
from ticket_steps as s
inner join refunded_tickets as t on s.queue_id = t.queue_id and s.ticket_no = t.ticket_no
where s.voucher_back > 0
