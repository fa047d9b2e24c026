-- grain:   one row per programme that moved money today: where it came from and where it went, fen, each the change of
--          its accounts, so that put_in = members + merchants + backing + platform + pooled
-- reads:   entries
-- needs:   entries
-- params:  -
-- returns: programme, put_in, members, merchants, backing, platform, pooled
-- A debt of a member is one due to the pool, so that these two leave the sum as it is.
with causes as (
    select substr(txn_id, 12) as cause, account, debit, credit
    from entries
    where commodity = 'CNY'
),
parts as (
    select
        substr(cause, 1, strpos(cause, '/') - 1) as programme,
        case when account = 'merchant_receivable' then debit - credit else 0 end as put_in,
        case when substr(account, 1, 14) = 'member_wallet_' then credit - debit else 0 end as members,
        case when account = 'merchant_payable' then credit - debit else 0 end as merchants,
        case when account = 'voucher_backing' then credit - debit else 0 end as backing,
        case when account = 'platform_income' then credit - debit else 0 end as platform,
        case when substr(account, 1, 5) = 'pool_' and account <> 'pool_due' then credit - debit else 0 end as pooled
    from causes
    where substr(cause, 1, 7) <> 'payout/'
)
select
    programme, cast(sum(put_in) as bigint) as put_in, cast(sum(members) as bigint) as members,
    cast(sum(merchants) as bigint) as merchants, cast(sum(backing) as bigint) as backing,
    cast(sum(platform) as bigint) as platform, cast(sum(pooled) as bigint) as pooled
from parts
group by programme
