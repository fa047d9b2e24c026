-- grain:   one row per ticket part that had received more than its new target, last part first (rules.md section 9)
-- reads:   ticket_steps, refunded_tickets, versions
-- needs:   refunded_tickets, ticket_steps, versions
-- params:  -
-- returns: place, step, made_on, made_seq, programme, member_id, order_id, wallet, account, holder, amount, rule_version
select
    s.place, 2 as step, cast(null as date) as made_on, -s.part as made_seq, 'queue' as programme, t.member_id, t.order_id,
    v.tax_queue as wallet, 'pool_queue' as account, t.queue_id as holder, s.taken_back as amount, t.rule_version
from ticket_steps as s
inner join refunded_tickets as t on s.queue_id = t.queue_id and s.ticket_no = t.ticket_no
inner join versions as v on t.rule_version = v.version
where s.taken_back > 0
