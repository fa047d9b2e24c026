-- grain:   one row per member with money who has an account: the account in force (contract.md, payout_accounts)
-- reads:   wallets_closing, prior_accounts, taken_accounts
-- needs:   wallets_closing, prior_accounts | taken_accounts
-- params:  -
-- returns: member_id, channel, account_no, account_name, bank_code, bank_name, province, city, phone, id_type, id_no,
--          status
with accounts as (
    select
        a.member_id, a.channel, a.account_no, a.account_name, a.bank_code, a.bank_name, a.province, a.city, a.phone,
        a.id_type, a.id_no, a.status
    from prior_accounts as a
    left join taken_accounts as t on a.member_id = t.member_id
    where t.member_id is null
    union all
    select
        member_id, channel, account_no, account_name, bank_code, bank_name, province, city, phone, id_type, id_no,
        status
    from taken_accounts
)
select
    a.member_id, a.channel, a.account_no, a.account_name, a.bank_code, a.bank_name, a.province, a.city, a.phone,
    a.id_type, a.id_no, a.status
from accounts as a
inner join wallets_closing as w on a.member_id = w.member_id
