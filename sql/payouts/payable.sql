-- grain:   one row per member whose cut leaves something to pay after tax (rules.md section 10.3)
-- reads:   taxed, channel_limits
-- needs:   channel_limits, taxed
-- params:  -
-- returns: member_id, channel, rebate, chance, labour, chance_tax, labour_tax
-- No channel takes a payment of nothing, and some none below a sum: such money stays in the wallet until there is more.
select t.member_id, t.channel, t.rebate, t.chance, t.labour, t.chance_tax, t.labour_tax
from taxed as t
inner join channel_limits as l on t.channel = l.channel
where t.rebate + t.chance + t.labour - t.chance_tax - t.labour_tax >= l.least_fen
