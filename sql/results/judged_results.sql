-- grain:   one row per payout result of today with what becomes of it (rules.md section 10.4)
-- reads:   taken_results, payouts_asked
-- needs:   taken_results
-- params:  -
-- returns: source, row_no, payout_id, status, amount, net, verdict
with known as (
    select
        r.source, r.row_no, r.payout_id, r.status, r.amount, r."at", p.net, p.status as state_before,
        case
            when p.payout_id is null then 'unknown_payout'
            when r.amount <> p.net then 'payout_amount_differs'
            else ''
        end as fault
    from taken_results as r
    left join payouts_asked as p on r.payout_id = p.payout_id
),
sound as (
    select
        source, row_no, payout_id, status, amount, net, state_before,
        row_number() over (partition by payout_id order by "at", source, row_no) as turn,
        first_value(status) over (partition by payout_id order by "at", source, row_no) as first_status,
        coalesce(
            max(case when status = 'returned' then 1 else 0 end) over (
                partition by payout_id order by "at", source, row_no
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as returned_before
    from known
    where fault = ''
),
stated as (
    select
        source, row_no, payout_id, status, amount, net,
        case
            when state_before in ('failed', 'returned') then state_before
            when state_before = 'paid' and returned_before = 1 then 'returned'
            when state_before = 'paid' then 'paid'
            when turn = 1 then 'in_transit'
            when first_status <> 'paid' then 'failed'
            when returned_before = 1 then 'returned'
            else 'paid'
        end as state_now
    from sound
)
select
    source, row_no, payout_id, status, amount, net,
    case
        when state_now = 'in_transit' and status = 'paid' then 'paid'
        when state_now = 'in_transit' then 'failed'
        when state_now = 'paid' and status = 'returned' then 'returned'
        when state_now = 'paid' and status = 'paid' then 'duplicate'
        when state_now = 'failed' and status in ('failed', 'returned') then 'duplicate'
        when state_now = 'returned' and status = 'returned' then 'duplicate'
        else 'payout_already_final'
    end as verdict
from stated
union all
select source, row_no, payout_id, status, amount, net, fault as verdict
from known
where fault <> ''
