-- grain:   one row per movement of the chain's pool, contributions summed by merchant (rules.md sections 3 and 8b)
-- reads:   chain_joined, chain_claims_funded
-- needs:   chain_claims_funded | chain_joined
-- params:  -
-- returns: cause, debit_account, debit_holder, credit_account, credit_holder, commodity, amount
with contributed as (
    select merchant_id, cast(sum(contribution) as bigint) as amount
    from chain_joined
    group by merchant_id
)
select
    'chain/contribute' as cause, 'merchant_receivable' as debit_account, merchant_id as debit_holder,
    'pool_chain' as credit_account, 'platform' as credit_holder, 'CNY' as commodity, amount
from contributed
union all
select
    'chain/fund' as cause, 'pool_chain' as debit_account, 'platform' as debit_holder,
    concat('member_wallet_', wallet) as credit_account, member_id as credit_holder, 'CNY' as commodity, paid as amount
from chain_claims_funded
