-- grain:   one row per order that qualifies today with a concession: how it is split, fen, and the GREEN of both sides
--          (rules.md section 7)
-- reads:   qualified, prior_concessions, concessions_taken
-- needs:   qualified, concessions_taken | prior_concessions
-- params:  day, green_enabled, green_pool_bp, green_merchant_referrer_bp, green_user_factor_bp,
--          green_merchant_factor_bp
-- returns: order_id, seq, member_id, merchant_id, rule_version, concession_bp, referrer_id, pool, referred, rest,
--          member_green, merchant_green
with concessions as (
    select order_id, concession_bp, referrer_id from prior_concessions where qualify_on = $day
    union all
    select order_id, concession_bp, referrer_id from concessions_taken where qualify_on = $day
),
given as (
    select
        q.order_id, q.seq, q.member_id, q.merchant_id, q.rule_version, c.concession_bp, c.referrer_id,
        mul_div(q.kept, c.concession_bp, 10000) as concession
    from qualified as q
    inner join concessions as c on q.order_id = c.order_id
    where $green_enabled
),
split as (
    select
        order_id, seq, member_id, merchant_id, rule_version, concession_bp, referrer_id, concession,
        mul_div(concession, $green_pool_bp, 10000) as pool,
        case when referrer_id = '' then 0 else mul_div(concession, $green_merchant_referrer_bp, 10000) end as referred
    from given
)
select
    order_id, seq, member_id, merchant_id, rule_version, concession_bp, referrer_id, pool, referred,
    concession - pool - referred as rest,
    mul_div(concession, $green_user_factor_bp, 10000) as member_green,
    mul_div(concession, $green_merchant_factor_bp, 10000) as merchant_green
from split
