-- grain:   one row per lot of a late-refunded order as the refund leaves it, with what is taken back (rules.md section 8)
-- reads:   circular_lots_hit, late_refunds, tiers
-- needs:   circular_lots_hit, late_refunds, tiers
-- params:  day
-- returns: lot_id, holder, order_id, granted, left, received, contribution, status, opened_on, closed_on, rule_version,
--          seq, vouchers, place, vouchers_back, money_back, changed
-- A tier holds from its min_fen up to that of the next.
with ranges as (
    select
        version, energy_fen, contribution, min_fen,
        lead(min_fen) over (partition by version order by min_fen) as below
    from tiers
),
-- What the formula gives now. The energy granted at first is that of the tier of what was kept when the order qualified.
tiered as (
    select
        l.lot_id, l.holder, l.order_id, l.granted as granted_before, l.received as received_before,
        l.contribution as contribution_before, l.status as status_before, l.opened_on, l.closed_on as closed_before,
        l.rule_version, l.seq, l.paid as vouchers_before, r.place, coalesce(n.contribution, 0) as contribution,
        least(mul_div(f.energy_fen, r.kept_after, r.kept_at), coalesce(n.energy_fen, 0)) as energy
    from circular_lots_hit as l
    inner join late_refunds as r on l.order_id = r.order_id
    inner join ranges as f
        on l.rule_version = f.version and r.kept_at >= f.min_fen and (f.below is null or r.kept_at < f.below)
    left join ranges as n
        on l.rule_version = n.version and r.kept_after >= n.min_fen and (n.below is null or r.kept_after < n.below)
    where l.programme = 'circular'
),
-- A lot that was closed stays so: where a lower tier has more energy than the one before it, it wins none back.
standing as (
    select
        lot_id, holder, order_id, granted_before, received_before, contribution_before, status_before, opened_on,
        closed_before, rule_version, seq, vouchers_before, place, contribution,
        case when status_before = 'closed' then least(granted_before, energy) else energy end as granted,
        status_before = 'closed' or energy <= received_before as closed
    from tiered
),
exceeding as (
    select
        lot_id, holder, order_id, granted_before, received_before, contribution_before, status_before, opened_on,
        closed_before, rule_version, seq, vouchers_before, place, granted, closed,
        case when closed then 0 else contribution end as contribution,
        greatest(0, received_before - granted) as excess
    from standing
),
parted as (
    select
        lot_id, holder, order_id, granted_before, received_before, contribution_before, status_before, opened_on,
        closed_before, rule_version, seq, vouchers_before, place, granted, closed, contribution, excess,
        case when excess > 0 then mul_div(excess, vouchers_before, received_before) else 0 end as vouchers_back
    from exceeding
)
select
    lot_id, holder, order_id, granted, granted - received_before + excess as "left", received_before - excess as received,
    contribution,
    case when closed then 'closed' else 'live' end as status,
    opened_on,
    case when closed then coalesce(closed_before, cast($day as date)) end as closed_on,
    rule_version, seq, vouchers_before - vouchers_back as vouchers, place, vouchers_back,
    excess - vouchers_back as money_back,
    granted <> granted_before or contribution <> contribution_before or closed <> (status_before = 'closed') as changed
from parted
