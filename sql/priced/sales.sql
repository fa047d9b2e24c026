-- grain:   one row per sale of points that was taken today, with the money for it (rules.md section 4.2, sale)
-- reads:   judged_redemptions
-- needs:   judged_redemptions
-- params:  point_price, priced_return_bp, priced_version
-- returns: lane, place, amount, net, rule_version
select
    member_id as lane,
    cast(row_number() over (partition by member_id order by requested_at, redemption_id) as bigint) as place,
    amount,
    mul_div(mul_div(amount, $point_price, 100000000), $priced_return_bp, 10000) as net,
    $priced_version as rule_version
from judged_redemptions
where commodity = 'POINT' and kind = 'sell' and verdict = 'taken'
