-- grain:   one row per claim and late refund: what the claim is worth from then on (rules.md sections 5.2 and 9)
-- reads:   claims_hit, claims_before, claim_orders, late_refunds, versions
-- needs:   claim_orders, claims_before, claims_hit, versions
-- params:  -
-- returns: claim_id, place, role, amount, received, taken_back, last_step
with kepts as (
    select
        h.claim_id, h.place, h.role, c.rate_bp, c.cap, c.received as received_before, v.referral_base,
        case when own.place <= h.place then own.kept_after else o.kept end as kept_own,
        case
            when base_refund.place <= h.place then base_refund.kept_after
            else coalesce(b.kept, 0)
        end as kept_base
    from claims_hit as h
    inner join claims_before as c on h.claim_id = c.claim_id
    inner join versions as v on c.rule_version = v.version
    inner join claim_orders as o on c.order_id = o.order_id
    left join claim_orders as b on c.base_order_id = b.order_id
    left join late_refunds as own on c.order_id = own.order_id
    left join late_refunds as base_refund on c.base_order_id = base_refund.order_id
),
worth as (
    select
        claim_id, place, role, received_before,
        least(
            mul_div(
                case
                    when referral_base = 'invitee' then kept_own
                    when referral_base = 'referrer' then kept_base
                    else least(kept_own, kept_base)
                end,
                rate_bp, 10000
            ),
            kept_own,
            cap
        ) as amount
    from kepts
),
paid as (
    select
        claim_id, place, role, amount, received_before,
        least(received_before, amount) as received,
        lag(least(received_before, amount)) over (partition by claim_id order by place) as received_last,
        row_number() over (partition by claim_id order by place desc) as back
    from worth
)
select
    claim_id, place, role, amount, received,
    coalesce(received_last, received_before) - received as taken_back,
    back = 1 as last_step
from paid
