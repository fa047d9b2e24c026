-- grain:   one row per movement on an account by a payout's cut or result (rules.md sections 10.3 and 10.4)
-- reads:   payouts_cut, payouts_resulted
-- needs:   payouts_cut | payouts_resulted
-- params:  -
-- returns: cause, account, holder, commodity, debit, credit
with cut as (
    select 'payout/cut' as cause, 'member_wallet_rebate' as account, member_id as holder, rebate as debit, 0 as credit
    from payouts_cut
    union all
    select 'payout/cut' as cause, 'member_wallet_chance' as account, member_id as holder, chance as debit, 0 as credit
    from payouts_cut
    union all
    select 'payout/cut' as cause, 'member_wallet_labour' as account, member_id as holder, labour as debit, 0 as credit
    from payouts_cut
    union all
    select 'payout/cut' as cause, 'tax_withheld' as account, 'platform' as holder, 0 as debit, tax as credit
    from payouts_cut
    union all
    select 'payout/cut' as cause, 'payout_in_transit' as account, channel as holder, 0 as debit, net as credit
    from payouts_cut
),
paid as (
    select 'payout/paid' as cause, 'payout_in_transit' as account, channel as holder, net as debit, 0 as credit
    from payouts_resulted
    where was_paid
    union all
    select 'payout/paid' as cause, 'bank' as account, channel as holder, 0 as debit, net as credit
    from payouts_resulted
    where was_paid
),
back as (
    select concat('payout/', status) as cause, member_id, channel, rebate, chance, labour, tax, net, status
    from payouts_resulted
    where went_back
),
undone as (
    select cause, 'member_wallet_rebate' as account, member_id as holder, 0 as debit, rebate as credit from back
    union all
    select cause, 'member_wallet_chance' as account, member_id as holder, 0 as debit, chance as credit from back
    union all
    select cause, 'member_wallet_labour' as account, member_id as holder, 0 as debit, labour as credit from back
    union all
    select cause, 'tax_withheld' as account, 'platform' as holder, tax as debit, 0 as credit from back
    union all
    select
        cause, case when status = 'returned' then 'bank' else 'payout_in_transit' end as account, channel as holder,
        net as debit, 0 as credit
    from back
),
listed as (
    select cause, account, holder, debit, credit from cut
    union all
    select cause, account, holder, debit, credit from paid
    union all
    select cause, account, holder, debit, credit from undone
)
select
    cause, account, holder, 'CNY' as commodity, cast(debit as bigint) as debit, cast(credit as bigint) as credit
from listed
where debit <> 0 or credit <> 0
