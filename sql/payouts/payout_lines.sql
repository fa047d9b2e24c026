-- grain:   one row per payout of today, as a channel's file needs it; money in fen; place numbers all of them from 1
-- reads:   payouts_cut, payee_accounts
-- needs:   payee_accounts, payouts_cut
-- params:  day_text
-- returns: payout_id, place, business_date, member_id, channel, account_no, account_name, bank_code, bank_name,
--          province, city, phone, id_type, id_no, gross, tax, net, attempt, replaces
-- The places in two levels, blocks by the first three of the fifteen letters of a hash and the payouts of each, so that
-- no one sort holds all.
with paid as (
    select p.payout_id, substr(p.payout_id, 10, 3) as block
    from payouts_cut as p
    inner join payee_accounts as a on p.member_id = a.member_id
),
blocks as (
    select block, count(*) as payouts
    from paid
    group by block
),
starts as (
    select block, cast(sum(payouts) over (order by block) as bigint) - payouts as earlier
    from blocks
),
placed as (
    select
        p.payout_id, cast(s.earlier + row_number() over (partition by s.block order by p.payout_id) as bigint) as place
    from paid as p
    inner join starts as s on p.block = s.block
)
select
    p.payout_id, o.place, $day_text as business_date, p.member_id, p.channel,
    a.account_no, a.account_name, a.bank_code, a.bank_name, a.province, a.city, a.phone, a.id_type, a.id_no,
    p.gross, p.tax, p.net, p.attempt, p.replaces
from payouts_cut as p
inner join payee_accounts as a on p.member_id = a.member_id
inner join placed as o on p.payout_id = o.payout_id
