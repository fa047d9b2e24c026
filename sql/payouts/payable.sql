-- grain:   one row per member whose cut leaves something to pay after tax (rules.md section 10.3)
-- reads:   taxed
-- params:  -
-- returns: member_id, channel, rebate, chance, labour, chance_tax, labour_tax
-- No channel takes a payment of nothing: such money stays in the wallet until there is more of it.
select member_id, channel, rebate, chance, labour, chance_tax, labour_tax
from taxed
where rebate + chance + labour > chance_tax + labour_tax
