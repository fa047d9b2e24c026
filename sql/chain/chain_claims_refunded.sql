-- grain:   one row per claim whose order was refunded late, as it stands after it (rules.md section 8b)
-- reads:   chain_claims_own, chain_refunds, versions
-- needs:   chain_claims_own, chain_refunds, versions
-- params:  day
-- returns: claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
--          ended_on, rule_version, seq, rate_bp, place, taken_back, wallet
with worth as (
    select
        c.claim_id, c.programme, c.member_id, c.order_id, c.ordinal, c.base_order_id, c.cap, c.received, c.status,
        c.claimed_on, c.ended_on, c.rule_version, c.seq, c.rate_bp, r.place, v.tax_chain as wallet,
        c.amount as amount_before,
        case
            when r.is_broken then cast(0 as bigint)
            when c.rate_bp = 0 then c.amount
            -- What a boss gets besides for the team is fixed.
            else least(
                c.amount,
                mul_div(r.kept_after, c.rate_bp, 10000)
                + case when c.member_id = r.boss_of then v.chain_team_fen else cast(0 as bigint) end
            )
        end as amount
    from chain_claims_own as c
    inner join chain_refunds as r on c.order_id = r.order_id
    inner join versions as v on c.rule_version = v.version
    where c.programme = 'chain' and c.status <> 'void'
),
settled as (
    select
        claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount,
        least(received, amount) as received, claimed_on, ended_on, rule_version, seq, rate_bp, place,
        received - least(received, amount) as taken_back, wallet, status as status_before,
        case
            when amount = 0 then 'void'
            when status = 'blocked_depth' then status
            when received >= amount then 'paid'
            else 'open'
        end as status
    from worth
    where amount <> amount_before
)
select
    claim_id, programme, member_id, order_id, ordinal, base_order_id, cap, amount, received, status, claimed_on,
    -- What was paid has left open long ago.
    case when status_before <> 'paid' and status <> status_before then cast($day as date) else ended_on end as ended_on,
    rule_version, seq, rate_bp, place, taken_back, wallet
from settled
