-- grain:   one row: what was taken of today's orders, counted from the tables that later stages read; fen
-- reads:   taken_lines, taken_orders
-- needs:   -
-- params:  -
-- returns: rows_taken, fen_taken, net_taken
select
    l.rows_taken, l.fen_taken, o.net_taken
from (
    select count(*) as rows_taken, coalesce(cast(sum(unit_price * quantity) as bigint), 0) as fen_taken
    from taken_lines
) l
cross join (
    select coalesce(cast(sum(total) as bigint), 0) as net_taken
    from taken_orders
) o
