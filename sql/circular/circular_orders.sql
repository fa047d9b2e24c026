-- grain:   one row per order of today that pays into the pool or becomes a lot (rules.md sections 3 and 8)
-- reads:   qualified, tiers
-- needs:   qualified
-- params:  version, circular_dividend_bp
-- returns: order_id, seq, member_id, merchant_id, rule_version, share, energy, contribution
with ranges as (
    select energy_fen, contribution, min_fen, lead(min_fen) over (order by min_fen) as below
    from tiers
    where version = $version
),
tiered as (
    select
        q.order_id, q.seq, q.member_id, q.merchant_id, q.rule_version,
        mul_div(q.kept, $circular_dividend_bp, 10000) as share,
        coalesce(r.energy_fen, 0) as energy, coalesce(r.contribution, 0) as contribution
    from qualified as q
    left join ranges as r on q.kept >= r.min_fen and (r.below is null or q.kept < r.below)
)
select order_id, seq, member_id, merchant_id, rule_version, share, energy, contribution
from tiered
where share > 0 or energy > 0
