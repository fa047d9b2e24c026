-- grain:   one row per redemption row of today
-- reads:   read_redemptions, redemptions_asked, members_known, merchants_known
-- needs:   read_redemptions
-- params:  points_priced
-- returns: at_row, standing
-- Points with a price are sold, all else is redeemed (contract.md, redemptions).
with sorted_out as (
    select
        read_redemptions.*,
        kind = case when commodity = 'POINT' and $points_priced then 'sell' else 'redeem' end as fits
    from read_redemptions
),
placed as (
    select
        sorted_out.*,
        row_number() over (
            partition by redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at order by at_row
        ) as place
    from sorted_out
    where fits
),
counted as (
    select
        placed.*,
        cast(sum(case when place = 1 then 1 else 0 end) over (partition by redemption_id) as bigint) as contents
    from placed
)
select
    r.at_row,
    case
        when b.member_id = r.member_id and b.kind = r.kind and b.commodity = r.commodity and b.amount = r.amount
            and b.merchant_id = r.merchant_id and b.requested_at = r.requested_at then 'duplicate'
        when b.redemption_id is not null or r.contents > 1 then 'duplicate_conflict'
        when r.place > 1 then 'duplicate'
        when m.member_id is null then 'unknown_member'
        when r.merchant_id <> '' and s.merchant_id is null then 'unknown_merchant'
        else ''
    end as standing
from counted r
left join redemptions_asked b on b.redemption_id = r.redemption_id
left join members_known m on m.member_id = r.member_id
left join merchants_known s on s.merchant_id = r.merchant_id
union all
select at_row, 'bad_status' as standing
from sorted_out
where not fits
