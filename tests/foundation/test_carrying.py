"""Carrying statements to Spark's words, and saying without running one that it returns nothing."""

from __future__ import annotations

import pytest
from sqlglot.errors import ParseError, UnsupportedError

from assets.foundation.carrying import carry, is_empty, to_spark
from assets.foundation.engine import SQL_ROOT, statement


def test_every_statement_is_carried_and_reads_what_its_header_says() -> None:
    paths = [path.relative_to(SQL_ROOT).with_suffix("").as_posix() for path in sorted(SQL_ROOT.rglob("*.sql"))]
    assert len(paths) > 250
    for path in paths:
        carried = carry(statement(path).text)
        assert sorted(carried.reads) == sorted(statement(path).reads), path
        assert sorted(carried.params) == sorted(statement(path).params), path


@pytest.mark.parametrize(
    ("ours", "spark"),
    [
        ("select a from t where d < $day", "SELECT a FROM `t` AS `t` WHERE d < :day"),
        ('select x.a from "it\'s" as x', "SELECT x.a FROM `it's` AS x"),
        ("select a // b as q from t", "SELECT a DIV b AS q FROM `t` AS `t`"),
        ("select a from t order by a desc, b", "SELECT a FROM `t` AS `t` ORDER BY a DESC, b NULLS LAST"),
        ("select concat(a, '\\') as a from t", "SELECT CONCAT(COALESCE(a, ''), '\\\\') AS a FROM `t` AS `t`"),
        (
            "select row_number() over (partition by a order by b) as n from t",
            "SELECT CAST(ROW_NUMBER() OVER (PARTITION BY a ORDER BY b NULLS LAST) AS BIGINT) AS n FROM `t` AS `t`",
        ),
        (
            "select coalesce(strpos(concat(a, cast(row_number() over (order by b) as varchar)), 'x'), 0) as n from t",
            "SELECT COALESCE(CAST(LOCATE('x', CONCAT(COALESCE(a, ''), COALESCE(CAST(CAST(ROW_NUMBER() OVER"
            " (ORDER BY b NULLS LAST) AS BIGINT) AS STRING), ''))) AS BIGINT), 0) AS n FROM `t` AS `t`",
        ),
        ("with t as (select 1 as a) select a from t", "WITH t AS (SELECT 1 AS a) SELECT a FROM t"),
    ],
)
def test_what_is_said_otherwise(ours: str, spark: str) -> None:
    assert to_spark(ours) == spark


def test_relations_get_the_names_that_they_have_there() -> None:
    text = 'select t.a from t join "u/v" on t.a = "u/v".a join t as w using (a)'
    assert to_spark(text, {"t": "v1", "u/v": "v2"}) == (
        "SELECT t.a FROM `v1` AS `t` JOIN `v2` AS `u/v` ON t.a = `u/v`.a JOIN `v1` AS w USING (a)"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [("select a from", ParseError), ("select a >> 3 as a from t", UnsupportedError)],
)
def test_what_cannot_be_carried_raises(text: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        to_spark(text)


@pytest.mark.parametrize(
    ("text", "laid"),
    [
        ('select * from "a"', (("a", ()),)),
        ("select x, \"y\" from a union all select x, y from b", (("a", ("x", "y")), ("b", ("x", "y")))),
        ("select x from a union select x from b", ()), ("select x from a where x > 1", ()),
        ("select x as y from a", ()), ("select distinct x from a", ()), ("select x from a, b", ()),
        ("select x from a order by x", ()), ("select x from a limit 1", ()), ("select x from (select x from a)", ()),
        ("with c as (select 1 as x) select x from c", ()), ("select x + 1 from a", ()),
        ("(select x from a) union all (select x from b limit 1)", ()),
        ("select x from a union all by name select x from b", ()),
    ],
)  # fmt: skip
def test_statements_that_only_lay_relations_one_after_the_other(text: str, laid: object) -> None:
    assert carry(text).laid == laid


@pytest.mark.parametrize(
    ("text", "empty", "none"),
    [
        ("select a from t", "t", True), ("select a from t", "u", False), ("select 1 as a", "t", False),
        ("select count(*) from t", "t", False), ("select a, count(*) from t group by a", "t", True),
        ("select sum(a) filter (where b) from t", "t", False), ("select coalesce(sum(a), 0) from t", "t", False),
        ("select sum(sum(a)) over () from t", "t", False), ("select max(a) over () from t", "t", True),
        ("select row_number() over (order by a) as n from t", "t", True),
        ("select string_agg(a, ' ' order by a) from t", "t", False), ("select unknown(a) from t", "t", False),
        ("select mul_div(a, b, c) as a from t", "t", True), ("select a from t having max(a) > 1", "t", False),
        ("select a from t join u using (a)", "u", True), ("select a from t left join u using (a)", "u", False),
        ("select a from t left join u using (a)", "t", True), ("select a from t right join u using (a)", "t", False),
        ("select a from t right join u using (a)", "u", True), ("select a from t full join u using (a)", "t", False),
        ("select a from t full join u using (a)", "t u", True), ("select a from t cross join u", "u", True),
        ("select a from t semi join u using (a)", "u", True), ("select a from t anti join u using (a)", "u", False),
        ("select a from t where b in (select b from u)", "u", True),
        ("select a from t where b not in (select b from u)", "u", False),
        ("select a from t where c or b in (select b from u)", "u", False),
        ("select a from t where c and (exists (select 1 from u))", "u", True),
        ("select a from t where not exists (select 1 from u)", "u", False),
        ("select a from t union all select a from u", "u", False),
        ("select a from t union all select a from u", "t u", True),
        ("select a from t except select a from u", "u", False),
        ("select a from t except select a from u", "t", True), ("select a from t intersect select a from u", "u", True),
        ("with c as (select a from t) select a from c union all select a from u", "t u", True),
        ("with c as (select count(*) as a from t) select a from c", "t", False),
        ("with t as (select 1 as a) select a from t", "t", False),
        ("select a from (select a from t) as x join u using (a)", "t", True),
    ],
)  # fmt: skip
def test_a_statement_that_returns_nothing_over_relations_without_rows(text: str, empty: str, none: bool) -> None:
    assert is_empty(text, frozenset(empty.split())) is none
