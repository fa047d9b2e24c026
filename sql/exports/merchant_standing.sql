-- grain:   one row per merchant row of today
-- reads:   read_merchants, prior_merchants, members_known
-- needs:   read_merchants
-- params:  -
-- returns: at_row, merchant_id, standing
with shown as (
    select -1 as at_row, merchant_id, name, merchant_group, concession_bp, referrer_id
    from prior_merchants
    where merchant_id in (select merchant_id from read_merchants)
    union all
    select at_row, merchant_id, name, merchant_group, concession_bp, referrer_id
    from read_merchants
    where referrer_id = '' or referrer_id in (select member_id from members_known)
),
numbered as (
    select shown.*, row_number() over (partition by merchant_id order by at_row) as version
    from shown
)
select
    n.at_row, n.merchant_id,
    case
        when p.name = n.name and p.merchant_group = n.merchant_group and p.concession_bp = n.concession_bp
            and p.referrer_id = n.referrer_id then 'duplicate'
        else ''
    end as standing
from numbered n
left join numbered p on p.merchant_id = n.merchant_id and p.version = n.version - 1
where n.at_row >= 0
union all
select at_row, merchant_id, 'unknown_member' as standing
from read_merchants
where referrer_id <> '' and referrer_id not in (select member_id from members_known)
