-- grain:   one row per order taken today whose concession is needed on a later day
-- reads:   concessions_taken
-- needs:   concessions_taken
-- params:  day
-- returns: order_id, qualify_on, concession_bp, referrer_id
select order_id, qualify_on, concession_bp, referrer_id
from concessions_taken
where qualify_on > $day
