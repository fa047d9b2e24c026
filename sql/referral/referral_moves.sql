-- grain:   one row per movement of the referral pool, contributions summed by merchant (rules.md sections 3 and 5.3)
-- reads:   referral_claims, qualified, claims_funded
-- needs:   claims_funded | qualified, claims_funded | referral_claims
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select q.merchant_id, cast(sum(c.share) as bigint) as amount
    from referral_claims as c
    inner join qualified as q on c.order_id = q.order_id
    group by q.merchant_id
)
select
    'referral/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_referral' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, amount
from contributed
union all
select
    'referral/fund' as cause, 'pool_referral' as debit_account, 'platform' as debit_holder,
    concat('member_wallet_', wallet) as credit_account, member_id as credit_holder, 'CNY' as commodity, paid as amount
from claims_funded
