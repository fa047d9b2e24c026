-- grain:   one row per member paid today, with the tax of each class (rules.md section 10.3)
-- reads:   cuts, tax_before, tax_table
-- needs:   cuts, tax_table
-- params:  month, payout_labour_method
-- returns: member_id, channel, rebate, chance, labour, chance_tax, labour_tax
with incomes as (
    select
        c.member_id, c.channel, c.rebate, c.chance, c.labour,
        coalesce(t.month_income, 0) + c.labour as month_income,
        coalesce(t.month_withheld, 0) as month_withheld,
        coalesce(t.year_income, 0) + c.labour as year_income,
        coalesce(t.year_withheld, 0) as year_withheld,
        extract(month from cast($month as date))
        - extract(month from coalesce(t.first_month, cast($month as date))) + 1 as months
    from cuts as c
    left join tax_before as t on c.member_id = t.member_id
),
bases as (
    select
        member_id, channel, rebate, chance, labour, month_withheld, year_withheld,
        case
            when month_income <= 400000 then greatest(0, month_income - 80000)
            else month_income - mul_div(month_income, 1, 5)
        end as month_base,
        greatest(0, year_income - mul_div(year_income, 1, 5) - 500000 * months) as year_base
    from incomes
),
levels as (
    select
        b.member_id, b.channel, b.rebate, b.chance, b.labour, b.month_withheld, b.year_withheld, b.month_base,
        b.year_base,
        row_number() over (partition by b.member_id order by y.up_to) as level, y.bp, y.quick
    from bases as b
    inner join tax_table as y on b.year_base <= y.up_to
),
dues as (
    select
        member_id, channel, rebate, chance, labour,
        case
            when $payout_labour_method = 'monthly' then
                case
                    when month_base <= 2000000 then mul_div(month_base, 2000, 10000)
                    when month_base <= 5000000 then mul_div(month_base, 3000, 10000) - 200000
                    else mul_div(month_base, 4000, 10000) - 700000
                end - month_withheld
            else mul_div(year_base, bp, 10000) - quick - year_withheld
        end as labour_due
    from levels
    where level = 1
)
select
    member_id, channel, rebate, chance, labour,
    mul_div(chance, 2000, 10000) as chance_tax,
    -- Never more than the labour income it is withheld from: a payout cannot go below nothing.
    least(labour, greatest(0, labour_due)) as labour_tax
from dues
