-- grain:   one row per order of today that is not taken
-- reads:   order_verdicts
-- needs:   order_verdicts
-- params:  -
-- returns: order_id, reason
select order_id, reason from order_verdicts where reason <> ''
