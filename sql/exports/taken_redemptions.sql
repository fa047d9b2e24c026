-- grain:   one row per redemption request taken today, with its place in the export
-- reads:   read_redemptions, redemption_standing
-- needs:   read_redemptions, redemption_standing
-- params:  -
-- returns: redemption_id, member_id, kind, commodity, amount, merchant_id, requested_at, source, row_no
select
    r.redemption_id, r.member_id, r.kind, r.commodity, r.amount, r.merchant_id, r.requested_at, r.source, r.row_no
from read_redemptions r
join redemption_standing s on s.at_row = r.at_row
where s.standing = ''
