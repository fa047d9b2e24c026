-- grain:   one row per payout account row of today
-- reads:   read_accounts, prior_accounts, members_known
-- needs:   read_accounts
-- params:  -
-- returns: at_row, member_id, standing
with shown as (
    select
        -1 as at_row, member_id, channel, account_no, account_name, bank_code, bank_name, province, city, phone,
        id_type, id_no, status
    from prior_accounts
    where member_id in (select member_id from read_accounts)
    union all
    select
        at_row, member_id, channel, account_no, account_name, bank_code, bank_name, province, city, phone,
        id_type, id_no, status
    from read_accounts
    where member_id in (select member_id from members_known)
),
numbered as (
    select shown.*, row_number() over (partition by member_id order by at_row) as version
    from shown
)
select
    n.at_row, n.member_id,
    case
        when p.channel = n.channel and p.account_no = n.account_no and p.account_name = n.account_name
            and p.bank_code = n.bank_code and p.bank_name = n.bank_name and p.province = n.province
            and p.city = n.city and p.phone = n.phone and p.id_type = n.id_type and p.id_no = n.id_no
            and p.status = n.status then 'duplicate'
        else ''
    end as standing
from numbered n
left join numbered p on p.member_id = n.member_id and p.version = n.version - 1
where n.at_row >= 0
union all
select at_row, member_id, 'unknown_member' as standing
from read_accounts
where member_id not in (select member_id from members_known)
