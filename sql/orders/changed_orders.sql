-- grain:   one row per order whose freeze ended today or which was refunded after it, and per guest's order that is
--          new or refunded, as it stands at the close
-- reads:   touched_orders, qualified
-- params:  day
-- returns: order_id, member_id, merchant_id, completed_at, total, refunded, export_date, qualify_on, seq, kept_at,
--          rule_version
select
    t.order_id, t.member_id, t.merchant_id, t.completed_at, t.total,
    t.refunded + t.refunded_today as refunded,
    t.export_date, t.qualify_on,
    coalesce(q.seq, t.seq) as seq,
    coalesce(q.kept, t.kept_at) as kept_at,
    coalesce(q.rule_version, t.rule_version) as rule_version
from touched_orders as t
left join qualified as q on t.order_id = q.order_id
where t.qualify_on <= $day or t.member_id = ''
