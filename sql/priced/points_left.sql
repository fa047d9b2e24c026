-- grain:   one row per member with points, or with less than none, at the last close (rules.md section 4.1)
-- reads:   prior_balances
-- needs:   prior_balances
-- params:  -
-- returns: holder, balance
select holder, balance from prior_balances where account = 'member_points' and balance <> 0
