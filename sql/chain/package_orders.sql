-- grain:   one row per member who buys a package today and keeps its price: the first such order (rules.md section 8b)
-- reads:   qualified, buyers, package_lines, packages_taken, packages
-- needs:   buyers, qualified, package_lines | packages_taken, packages | packages_taken
-- params:  version
-- returns: order_id, seq, member_id, sponsor_id, merchant_id, kept, price
with prices as (
    select order_id, max(price) as price
    from (
        select l.order_id, p.price_fen as price
        from package_lines as l
        inner join packages as p on l.product_id = p.product_id and p.version = $version
        union all
        select order_id, price from packages_taken
    ) as found
    group by order_id
),
turns as (
    select
        q.order_id, q.seq, q.member_id, b.sponsor_id, q.merchant_id, q.kept, p.price,
        row_number() over (partition by q.member_id order by q.seq) as turn
    from qualified as q
    inner join prices as p on q.order_id = p.order_id
    inner join buyers as b on q.member_id = b.member_id
    where q.kept >= p.price
)
select order_id, seq, member_id, sponsor_id, merchant_id, kept, price
from turns
where turn = 1
