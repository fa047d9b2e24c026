-- grain:   one row per ticket that the common pot pays in proportion to its need (rules.md section 6.3.2, pro_rata)
-- reads:   queue_needs
-- needs:   queue_needs
-- params:  -
-- returns: queue_no, ticket_no, amount
with totals as (
    select queue_no, cast(sum(need) as bigint) as total
    from queue_needs
    group by queue_no
),
shares as (
    select
        n.queue_no, n.ticket_no,
        case when n.pot < t.total then mul_div(n.pot, n.need, t.total) else n.need end as amount
    from queue_needs as n
    inner join totals as t on n.queue_no = t.queue_no
)
select queue_no, ticket_no, amount
from shares
where amount > 0
