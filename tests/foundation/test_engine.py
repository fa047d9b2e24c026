"""The engine: headers of statements, the contract of every statement that a day runs, and the 128-bit quotient."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.foundation import duck
from assets.foundation import engine as module
from assets.foundation.duck import DuckEngine
from assets.foundation.engine import SQL_ROOT, statement
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.importing.reconciling import reconcile
from tests.pipelines.homes import DAYS, RULES, settle_days, write_home
from tests.settlement.ledger import Book, version
from tests.settlement.test_long_lives import make
from tests.settling import settle_day

HEAD = "-- grain:   one row per a\n-- reads:   t, u\n-- needs:   t, u | v\n-- params:  day\n-- returns: a,\n--   b\n"
BODY = "select a, $day as b from t join u using (a)\n"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of statements of its own, which the engine reads instead of sql/."""
    monkeypatch.setattr(module, "SQL_ROOT", tmp_path)
    for one in (module, duck):
        monkeypatch.setattr(one, "statement", statement.__wrapped__)
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "rows.sql").write_text(HEAD + BODY, encoding="utf-8")
    return tmp_path / "some" / "rows.sql"


# --- headers -----------------------------------------------------------------------------------------------------


def test_header(rules: Path) -> None:
    read = module.statement("some/rows")
    assert (read.name, read.grain, read.reads, read.params) == ("some/rows", "one row per a", ("t", "u"), ("day",))
    assert read.needs == (("t",), ("u", "v"))
    assert read.returns == ("a", "b")
    assert read.text == HEAD + BODY


def test_header_says_none_with_a_dash(rules: Path) -> None:
    rules.write_text("-- grain: one row\n-- reads: -\n-- needs: -\n-- params: -\n-- returns: a\nselect 1 as a\n")
    read = module.statement("some/rows")
    assert (read.reads, read.needs, read.params, read.returns) == ((), (), (), ("a",))


@pytest.mark.parametrize("line", ["grain", "reads", "needs", "params", "returns"])
def test_a_missing_header_line_is_a_defect(rules: Path, line: str) -> None:
    kept = [text for text in HEAD.splitlines() if not text.startswith(f"-- {line}:")]
    rules.write_text("\n".join([*kept, BODY]), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^sql/some/rows\.sql: header lacks {line}$"):
        module.statement("some/rows")


def test_a_header_line_below_the_statement_does_not_count(rules: Path) -> None:
    rules.write_text(
        "-- grain: a\n-- reads: -\n-- needs: -\n-- params: -\nselect 1 as a\n-- returns: a\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="header lacks returns"):
        module.statement("some/rows")


# --- what need not run -------------------------------------------------------------------------------------------


@pytest.fixture
def barren(rules: Path) -> Iterator[tuple[Path, DuckEngine]]:
    """An engine that has run the statement once where it returned nothing for certain: t has no rows, u has one."""
    engine, text = DuckEngine(), "select t.a, $day as b from t join u using (a)\n"
    rules.write_text(HEAD + text, encoding="utf-8")
    engine.empty("t", {"a": "BIGINT"})
    engine.put("u", pl.DataFrame({"a": [1]}))
    engine.run("some/rows", day=date(2025, 11, 1))
    # A trap: run again it would return a row.
    rules.write_text(
        HEAD + "select cast(1 as bigint) as a, $day as b from t, u\nunion all select 2, $day\n", encoding="utf-8"
    )
    yield rules, engine
    engine.close()


def test_a_statement_that_returns_nothing_for_certain_is_not_run(barren: tuple[Path, DuckEngine]) -> None:
    engine = barren[1]
    engine.run("some/rows", into="again", day=date(2025, 11, 2))
    assert engine.query("describe again") == engine.query("describe rows")
    assert (engine.count("again"), engine.barren("again")) == (0, True)


def test_it_is_run_where_what_it_needs_has_rows(barren: tuple[Path, DuckEngine]) -> None:
    engine = barren[1]
    engine.put("t", pl.DataFrame({"a": [7]}))
    engine.run("some/rows", day=date(2025, 11, 2))
    assert engine.count("rows") == 2


def test_one_of_a_group_with_rows_is_enough(barren: tuple[Path, DuckEngine]) -> None:
    engine = barren[1]
    engine.put("t", pl.DataFrame({"a": [7]}))
    engine.empty("u", {"a": "BIGINT"})
    engine.put("v", pl.DataFrame({"a": [1]}))
    engine.run("some/rows", day=date(2025, 11, 2))
    assert engine.count("rows") == 1
    engine.empty("v", {"a": "BIGINT"})
    engine.run("some/rows", day=date(2025, 11, 2))
    assert engine.count("rows") == 0


def test_what_a_statement_returns_is_known_to_the_engines_of_later_days(rules: Path) -> None:
    shapes: dict[str, dict[str, str]] = {}
    for day in (1, 2):
        engine = DuckEngine(shapes=shapes)
        engine.empty("t", {"a": "BIGINT"})
        engine.put("u", pl.DataFrame({"a": [1]}))
        engine.run("some/rows", day=date(2025, 11, day))
        assert engine.query("select column_name, column_type from (describe rows)") == [("a", "BIGINT"), ("b", "DATE")]
        engine.close()
    assert shapes == {"some/rows": {"a": "BIGINT", "b": "DATE"}}


def test_what_is_known_to_have_no_rows(rules: Path) -> None:
    engine = DuckEngine()
    engine.empty("none", {"a": "BIGINT"})
    engine.put("some", pl.DataFrame({"a": [1]}))
    engine.union("neither", ["none", "none"])
    engine.union("either", ["none", "some"])
    engine.view("seen", 'select * from "none"')  # it would have to be looked at
    known = {name: engine.barren(name) for name in ("none", "some", "neither", "either", "seen", "unheard of")}
    assert known == {
        "none": True, "some": False, "neither": True, "either": False, "seen": False, "unheard of": False,
    }  # fmt: skip
    engine.append("none", pl.DataFrame({"a": [1]}))
    assert not engine.barren("none") and not engine.barren("neither")
    engine.put("some", pl.DataFrame(schema={"a": pl.Int64()}))
    assert engine.barren("some")
    engine.drop("some")
    assert not engine.barren("some")


def test_a_frame_without_rows_keeps_its_types() -> None:
    engine, kinds = DuckEngine(), {"a": pl.Int64(), "b": pl.String(), "c": pl.Date(), "d": pl.Datetime("us")}
    engine.put("t", pl.DataFrame(schema=kinds))
    engine.put("u", pl.DataFrame([(1, "x", date(2025, 11, 1), None)], schema=kinds, orient="row"))
    assert engine.query("describe t") == engine.query("describe u")
    assert dict(engine.frame("t").schema) == kinds


KINDS = {
    "n": pl.Int64(), "who": pl.String(), "on": pl.Date(), "at": pl.Datetime("us"), "ok": pl.Boolean(),
    "place": pl.Int32(),
}  # fmt: skip
LINES = [
    (9_007_199_254_740_993, "b", date(2025, 11, 1), datetime(2025, 11, 1, 9, 30, 0, 123_456), True, 1),
    (-1, "a\x00\n'\"", None, None, None, None),
    (None, "", date(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999), False, -1),
]


@pytest.mark.parametrize("small", [True, False])
def test_few_rows_are_the_same_as_values_and_as_vectors(monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    told = []
    for most in (duck._BY_VALUE, -1):
        monkeypatch.setattr(duck, "_BY_VALUE", most)
        engine = DuckEngine(small=small)
        engine.put("t", pl.DataFrame(LINES, schema=KINDS, orient="row"))
        engine.once("u", 'select * from "t"')
        parts = [engine.parts(name, ["who"], list(KINDS), {"code": "place + 1"}, led=["who"]) for name in ("t", "u")]
        frames = [
            engine.frame("t", "who"),
            engine.frame("t", "n", ["n"]),
            engine.select("select * from t order by who"),
        ]
        told.append((frames, [(schema, list(found)) for schema, found in parts]))
        # A type that no column of ours has.
        assert engine.select("select sum(n) over () as sum from t").height == len(LINES)
    (frames, parts), (others, again) = told
    for one, other in zip(frames, others, strict=True):
        assert_frame_equal(one, other)
    assert dict(frames[0].schema) == KINDS and frames[0].rows() == sorted(LINES, key=lambda line: line[1])
    for (schema, found), (shape, rest) in zip(parts, again, strict=True):
        assert schema == shape
        for (number, one), (place, other) in zip(found, rest, strict=True):
            assert number == place
            assert_frame_equal(one, other)


def test_a_small_day_may_have_a_long_table() -> None:
    engine = DuckEngine(small=True)
    engine.view("long", "select range as n from range(1000)")
    assert engine.frame("long", "n")["n"].to_list() == list(range(1000))
    assert engine.select("select n from long where n < 256 order by n").height == 256
    assert engine.select("select n from long where n < 257 order by n").height == 257
    assert engine.query("select count(*) from long") == [(1000,)]


def test_a_small_day_is_planned_as_it_is_written() -> None:
    plain, small = DuckEngine(), DuckEngine(small=True)
    off = small.query("select value from duckdb_settings() where name = 'disabled_optimizers'")[0][0]
    assert {"join_order", "statistics_propagation"} <= set(off.split(","))
    assert "filter_pushdown" not in off.split(",")
    assert small.query("select value from duckdb_settings() where name = 'threads'") == [("1",)]
    assert plain.query("select value from duckdb_settings() where name = 'disabled_optimizers'") == [("",)]


# --- running -----------------------------------------------------------------------------------------------------


def test_run_binds_what_the_header_names_and_keeps_the_rows(rules: Path) -> None:
    engine = DuckEngine()
    engine.put("t", pl.DataFrame({"a": [1, 2]}))
    engine.put("u", pl.DataFrame({"a": [2, 3]}))
    assert engine.run("some/rows", day=date(2026, 11, 1), not_named=5) == "rows"
    assert engine.frame("rows").rows() == [(2, date(2026, 11, 1))]
    assert engine.run("some/rows", into="other", day=date(2026, 11, 2)) == "other"
    assert engine.frame("other").rows() == [(2, date(2026, 11, 2))]
    assert engine.columns("rows") == ("a", "b")
    with pytest.raises(KeyError, match="day"):
        engine.run("some/rows")


def test_a_fault_names_the_file(rules: Path) -> None:
    with pytest.raises(duckdb.Error) as caught:
        DuckEngine().run("some/rows", day=1)
    assert caught.value.__notes__ == ["in sql/some/rows.sql"]


def test_relations() -> None:
    engine = DuckEngine(threads=1)
    engine.put("one", pl.DataFrame({"n": [3, 1], "t": ["x", "y"]}))
    engine.union("two", ["one", "one"])
    assert (engine.count("two"), engine.total("two", "n")) == (4, 8)
    assert engine.frame("one", "n", columns=["t"]).rows() == [("y",), ("x",)]
    engine.empty("none", {"n": "bigint", "on": "date", "at": "timestamp", "t": "varchar"})
    none = engine.frame("none")
    assert none.schema == {"n": pl.Int64, "on": pl.Date, "at": pl.Datetime("us"), "t": pl.String}
    assert (none.height, engine.total("none", "n")) == (0, 0)


@pytest.mark.parametrize("short", [0, 1000])
def test_rows_led_by_a_few_values_come_as_if_all_were_sorted_at_once(
    monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    monkeypatch.setattr("assets.foundation.duck._SHORT", short)
    engine = DuckEngine(threads=2)
    kinds = ("fund", "it's", "", "资金")
    rows = [(kinds[n * 7 % 4], ("b", "a")[n % 2], -(n * 7919 % 1000), f"o{n % 50:02}") for n in range(1000)]
    engine.put("rows", pl.DataFrame(rows, schema=["kind", "who", "n", "order"], orient="row"))
    schema, parts = engine.parts("rows", ["n"], ["n", "who", "order", "kind"], {"twice": "n * 2"}, led=["kind", "who"])
    found = [(number, row) for number, part in parts for row in part.rows()]
    expected = sorted(rows, key=lambda row: (row[0].encode(), row[1], row[2]))
    assert [row for _, row in found] == [(n, who, order, kind, n * 2) for kind, who, n, order in expected]
    assert schema == {"n": pl.Int64, "who": pl.String, "order": pl.String, "kind": pl.String, "twice": pl.Int64}
    pairs = sorted({(kind, who) for kind, who, *_ in rows}, key=lambda pair: (pair[0].encode(), pair[1]))
    assert [number for number, _ in found] == [pairs.index((kind, who)) for _, (_, who, _, kind, _) in found]


@pytest.mark.parametrize("led", [[], ["kind"]])
def test_no_rows_are_no_parts(led: list[str]) -> None:
    engine = DuckEngine(threads=1)
    engine.empty("none", {"kind": "varchar", "on": "date"})
    schema, parts = engine.parts("none", ["on"], ["kind", "on"], led=led)
    assert (schema, list(parts)) == ({"kind": pl.String, "on": pl.Date}, [])


def test_a_quote_in_a_path(tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    pl.DataFrame({"a": [1], "b": [2]}).write_parquet(path)
    engine = DuckEngine()
    engine.parquet("read", path, ["b"])
    assert engine.frame("read").rows() == [(2,)]


def test_memory_is_never_written_down() -> None:
    """A checkpoint would go over all rows of the day once more, some half second a time with a million orders."""
    ((limit,),) = DuckEngine().query("select current_setting('checkpoint_threshold')")
    assert limit.endswith("TiB")


# --- mul_div -----------------------------------------------------------------------------------------------------

MOST = 2**63 - 1


@pytest.mark.parametrize(
    ("a", "b", "c"),
    [
        (7, 3, 2), (0, 5, 3), (1, 1, 2), (MOST, MOST, MOST), (MOST, 10_000, 10_001), (MOST - 1, MOST, MOST),
        (4611686018427387905, 4, 8), (9007199254740993, 10_000, 10_000), (3037000500, 3037000500, 3),
    ],
)  # fmt: skip
def test_mul_div_is_exact(a: int, b: int, c: int) -> None:
    assert DuckEngine().query("select mul_div($a, $b, $c)", a=a, b=b, c=c) == [(a * b // c,)]


# Where 64 bits are left for 128, and beyond.
EDGES = (0, 1, 9999, 10_000, 10_001, 3037000499, 3037000500, 922337203685477, 922337203685478, MOST - 1, MOST)


@pytest.mark.parametrize("small", [False, True])
def test_mul_div_is_exact_wherever_its_bits_end(small: bool) -> None:
    cases = [(a, b, c) for a in EDGES for b in EDGES for c in EDGES[1:] if a * b // c <= MOST]
    engine = DuckEngine(small=small)
    engine.put("t", pl.DataFrame(cases, schema=["a", "b", "c"], orient="row"))
    found = engine.query("select a, b, c, mul_div(a, b, c) from t")
    assert len(found) == len(cases) > 600
    assert [row for row in found if row[3] != row[0] * row[1] // row[2]] == []


def test_mul_div_of_columns_beyond_64_bits() -> None:
    engine = DuckEngine()
    engine.put("t", pl.DataFrame({"a": [MOST, MOST - 7], "b": [9999, 5000]}))
    engine.view("q", "select mul_div(a, b, 10000) as q from t")
    assert engine.frame("q", "q desc").rows() == [(MOST * 9999 // 10000,), ((MOST - 7) * 5000 // 10000,)]
    assert engine.frame("q").schema == {"q": pl.Int64}


def test_mul_div_that_does_not_fit_is_an_error_and_never_wraps() -> None:
    with pytest.raises(duckdb.Error):
        DuckEngine().query("select mul_div($a, 3, 2)", a=MOST)


# --- the contract of what a day runs -----------------------------------------------------------------------------

MODES = ("average", "pro_rata", "seats")
CASES = Path(__file__).parents[1] / "cases"
PRICED = {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 3000, "min_units": 0}
# A line of agents who join on one day, a sale that takes a second lot, a mode that may not change yet.
TRADE = """
2026-11-01
member A
member B A
member C B
merchant S
order O1 A S 300.00 10:00 P
order O2 B S 300.00 10:01 P
order O3 C S 300.00 10:02 P
2026-11-02
order O4 A S 300.00
2026-11-03
sell X1 A 1000000
"""


def make_schemes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of the schemes alone, and those few that only happen in some lives."""
    monkeypatch.setattr("assets.day._FIRST", 1)
    monkeypatch.setattr("assets.day._BLOCK", 0)  # any lane is a long one
    case = folder / "case"
    shutil.copytree(CASES / "schemes-alone", case)
    for day in Home(case).export_days()[:8]:
        settle_day(case, day)
    versions = [version("2026-11-01", points=PRICED, chain={}), version("2026-11-04", points={}, chain={})]
    (folder / "line").mkdir()
    book = Book(folder / "line", versions, TRADE)
    with pytest.raises(Refused, match="members have points"):
        book.settle("2026-11-04")


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """For every statement run while four days were settled, two in each other mode, days of the other schemes, and
    payouts reconciled: (returns, really returned)."""
    seen: dict[str, set[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    run = DuckEngine.run

    def recorded(self: DuckEngine, path: str, /, *, into: str | None = None, **params: Any) -> str:
        name = run(self, path, into=into, **params)
        seen.setdefault(path, set()).add((statement(path).returns, self.columns(name)))
        return name

    named = DuckEngine.name

    def seen_named(self: DuckEngine, path: str) -> str:
        name = named(self, path)
        seen.setdefault(path, set()).add((statement(path).returns, self.columns(name)))
        return name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckEngine, "run", recorded)
        patch.setattr(DuckEngine, "name", seen_named)
        make(tmp_path_factory.mktemp("lives"))
        folder = tmp_path_factory.mktemp("contract")
        settle_days(write_home(folder / "fifo"), *DAYS)
        for mode in MODES:
            one = RULES.replace("mode: fifo, target", f"mode: {mode}, target").replace(
                "freeze_days: 1", "freeze_days: 0"
            )
            settle_days(write_home(folder / mode, rules=one), next(iter(DAYS)))
        make_schemes(folder, patch)
        reconcile(Home(folder / "fifo"))
    return seen


def test_every_statement_returns_what_its_header_says(
    returned: dict[str, set[tuple[tuple[str, ...], tuple[str, ...]]]],
) -> None:
    assert {path: found for path, found in returned.items() if any(said != real for said, real in found)} == {}


def test_these_days_run_every_statement(returned: dict[str, set[tuple[tuple[str, ...], tuple[str, ...]]]]) -> None:
    there = {path.relative_to(SQL_ROOT).with_suffix("").as_posix() for path in SQL_ROOT.rglob("*.sql")}
    assert there - returned.keys() == set()
