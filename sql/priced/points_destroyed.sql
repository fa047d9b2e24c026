-- grain:   one row per lot of which a late refund destroys units that are still held (rules.md section 4.2)
-- reads:   lots_refunded
-- needs:   lots_refunded
-- params:  -
-- returns: member_id, units
select holder as member_id, destroyed as units from lots_refunded where destroyed > 0
