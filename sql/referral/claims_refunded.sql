-- grain:   one row per claim that a late refund touched, as it stands after all of them
-- reads:   claim_steps, claims_before
-- needs:   claim_steps, claims_before
-- params:  day
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp
with settled as (
    select
        c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, s.amount, s.received,
        case when s.amount = 0 then 'void' when s.received = s.amount then 'paid' else 'open' end as status,
        c.status as status_before, c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp,
        c.amount as amount_before
    from claim_steps as s
    inner join claims_before as c on s.claim_id = c.claim_id
    where s.last_step
)
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
    case when status_before = 'open' and status <> 'open' then cast($day as date) else ended_on end as ended_on,
    rule_version, seq, rate_bp
from settled
where amount <> amount_before
