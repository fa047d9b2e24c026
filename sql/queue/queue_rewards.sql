-- grain:   one row per change of a member's wallet or vouchers by a queue (contract.md, rewards)
-- reads:   queue_paid, tickets_exited
-- needs:   queue_paid | tickets_exited
-- params:  -
-- returns: programme, kind, member_id, order_id, from_order_id, commodity, amount, paid_depth, rule_version
select
    'queue' as programme, kind, member_id, order_id, from_order_id, 'CNY' as commodity, amount, paid_depth, rule_version
from queue_paid
union all
select
    'queue' as programme, 'exit' as kind, member_id, order_id, '' as from_order_id, 'VOUCHER' as commodity,
    voucher as amount, 0 as paid_depth, exit_version as rule_version
from tickets_exited
