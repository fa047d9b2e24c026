-- grain:   one row per control of green points (rules.md sections 7 and 11)
-- reads:   changed_green_lots, green_lots_hit, green_lots_found, versions, balances, prior_balances, reward_sums, moves
-- needs:   -
-- params:  -
-- returns: name, expected, found
with before as (
    select lot_id, "left" from green_lots_hit
    union
    select lot_id, "left" from green_lots_found
),
lots as (
    select
        c."left" - coalesce(b."left", 0) as grown,
        case when c.received < 0 or c.received > c.granted * v.green_exit_multiple then 1 else 0 end as out_of_range
    from changed_green_lots as c
    inner join versions as v on c.rule_version = v.version
    left join before as b on c.lot_id = b.lot_id
),
issued as (
    select balance as amount from balances where account = 'green_issued'
    union all
    select -balance as amount from prior_balances where account = 'green_issued'
)
select
    '1 green_issued against the lots that changed' as name,
    (select coalesce(cast(sum(grown) as bigint), 0) from lots) as expected,
    (select coalesce(cast(sum(amount) as bigint), 0) from issued) as found
union all
select
    '2 vouchers released for green points and the money behind them' as name,
    (
        select coalesce(cast(sum(amount) as bigint), 0)
        from reward_sums
        where programme = 'green' and kind = 'release'
    ) as expected,
    (
        select coalesce(cast(sum(amount) as bigint), 0)
        from moves
        where debit_account = 'pool_green' and credit_account = 'voucher_backing'
    ) as found
union all
select
    '3 lots of green points with more released than their exit allows' as name, cast(0 as bigint) as expected,
    (select coalesce(cast(sum(out_of_range) as bigint), 0) from lots) as found
