-- grain:   one row per member paid today, with his payout id (rules.md section 10.3)
-- reads:   payable
-- needs:   payable
-- params:  day_text, day_compact
-- returns: member_id, payout_id
with hashes as (
    select member_id, sha256(concat($day_text, '|', member_id)) as hex
    from payable
),
-- Base32 (RFC 4648) by hand, from the hexadecimal digits: 19 of them hold the 75 bits of 15 letters.
digits as (
    select
        member_id,
        strpos('0123456789abcdef', substr(hex, 1, 1)) - 1 as d01,
        strpos('0123456789abcdef', substr(hex, 2, 1)) - 1 as d02,
        strpos('0123456789abcdef', substr(hex, 3, 1)) - 1 as d03,
        strpos('0123456789abcdef', substr(hex, 4, 1)) - 1 as d04,
        strpos('0123456789abcdef', substr(hex, 5, 1)) - 1 as d05,
        strpos('0123456789abcdef', substr(hex, 6, 1)) - 1 as d06,
        strpos('0123456789abcdef', substr(hex, 7, 1)) - 1 as d07,
        strpos('0123456789abcdef', substr(hex, 8, 1)) - 1 as d08,
        strpos('0123456789abcdef', substr(hex, 9, 1)) - 1 as d09,
        strpos('0123456789abcdef', substr(hex, 10, 1)) - 1 as d10,
        strpos('0123456789abcdef', substr(hex, 11, 1)) - 1 as d11,
        strpos('0123456789abcdef', substr(hex, 12, 1)) - 1 as d12,
        strpos('0123456789abcdef', substr(hex, 13, 1)) - 1 as d13,
        strpos('0123456789abcdef', substr(hex, 14, 1)) - 1 as d14,
        strpos('0123456789abcdef', substr(hex, 15, 1)) - 1 as d15,
        strpos('0123456789abcdef', substr(hex, 16, 1)) - 1 as d16,
        strpos('0123456789abcdef', substr(hex, 17, 1)) - 1 as d17,
        strpos('0123456789abcdef', substr(hex, 18, 1)) - 1 as d18,
        strpos('0123456789abcdef', substr(hex, 19, 1)) - 1 as d19
    from hashes
)
select
    member_id,
    concat(
        'P', $day_compact,
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast(d01 * 2 + mul_div(d02, 1, 8) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d02 % 8) * 4 + mul_div(d03, 1, 4) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d03 % 4) * 8 + mul_div(d04, 1, 2) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d04 % 2) * 16 + d05 as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast(d06 * 2 + mul_div(d07, 1, 8) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d07 % 8) * 4 + mul_div(d08, 1, 4) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d08 % 4) * 8 + mul_div(d09, 1, 2) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d09 % 2) * 16 + d10 as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast(d11 * 2 + mul_div(d12, 1, 8) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d12 % 8) * 4 + mul_div(d13, 1, 4) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d13 % 4) * 8 + mul_div(d14, 1, 2) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d14 % 2) * 16 + d15 as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast(d16 * 2 + mul_div(d17, 1, 8) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d17 % 8) * 4 + mul_div(d18, 1, 4) as int) + 1, 1),
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', cast((d18 % 4) * 8 + mul_div(d19, 1, 2) as int) + 1, 1)
    ) as payout_id
from digits
