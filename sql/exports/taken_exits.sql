-- grain:   one row per queue exit request taken today, with its place in the export
-- reads:   read_exits, exit_standing
-- needs:   exit_standing, read_exits
-- params:  -
-- returns: exit_id, order_id, requested_at, source, row_no
select r.exit_id, r.order_id, r.requested_at, r.source, r.row_no
from read_exits r
join exit_standing s on s.at_row = r.at_row
where s.standing = ''
