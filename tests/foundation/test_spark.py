"""The Spark engine against the one by default: the same rows, types and orders, near the driver and on the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import Engine
from assets.foundation.index import KEY_OF
from assets.foundation.rows import write_rows
from assets.programmes.seats import PAYMENTS, pay_seats
from tests.sparking import local_cluster, spark_or_skip

pytestmark = [pytest.mark.spark, pytest.mark.slow]

MOST = 2**63 - 1
ODD = [
    "",
    "a",
    "B",
    "b",
    "aa",
    "é",
    "资金",
    "\\",
    "it's",
    '"',
    "%",
    "\U0001f600",
    "z",
    "Z",
    "~",
    "a|b",
    "\n",
    "0",
    "00",
]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Any]:
    spark_or_skip()
    yield local_cluster()


@pytest.fixture(params=["near", "far"])
def spark(request: pytest.FixtureRequest, cluster: Any) -> Iterator[Engine]:
    """An engine that keeps all of these rows on the driver, and one that keeps none of them there."""
    from assets.foundation.spark import SparkEngine

    engine = SparkEngine(cluster, near=1 << 14 if request.param == "near" else 0)
    yield engine
    engine.close()


@pytest.fixture
def both(spark: Engine) -> list[Engine]:
    return [DuckEngine(threads=1), spark]


def agree(both: list[Engine], text: str, **params: Any) -> list[tuple[Any, ...]]:
    """The rows that both return, types and order and all."""
    ours, theirs = (engine.query(text, **params) for engine in both)
    assert theirs == ours
    assert [[type(value) for value in row] for row in theirs] == [[type(value) for value in row] for row in ours]
    return theirs


def put(both: list[Engine], name: str, **columns: Any) -> None:
    for engine in both:
        engine.put(name, pl.DataFrame(columns))


# --- numbers ---------------------------------------------------------------------------------------------------------

EDGES = [
    (7, 3, 2), (0, 5, 3), (1, 1, 2), (MOST, MOST, MOST), (MOST, 10_000, 10_001), (MOST - 1, MOST, MOST), (5, 7, 10_000),
    (4611686018427387905, 4, 8), (9007199254740993, 10_000, 10_000), (3037000500, 3037000500, 3), (MOST, 1, MOST),
    (MOST, 9_999_999, 10_000_000), (9_999_999_999, 9_999_999_999, 99_999_999_980_000_000), (MOST, MOST - 1, MOST),
    (1, 9_999_999_999_999, 10_000_000_000_000),
]  # fmt: skip


def test_mul_div_is_exact(both: list[Engine]) -> None:
    a, b, c = zip(*EDGES, strict=True)
    put(both, "t", n=list(range(len(EDGES))), a=a, b=b, c=c)
    found = agree(both, "select mul_div(a, b, c) as q from t order by n")
    assert found == [(a * b // c,) for a, b, c in EDGES]


@pytest.mark.parametrize(
    "text",
    ["select mul_div(a, 3, 2) as q from t", "select a + 1 as q from t", "select a * 2 as q from t",
     "select cast(sum(a) as bigint) as q from t", "select a // (b - b) as q from t",
     "select mul_div(a, b, 0) as q from t", "select cast(a as int) as q from t"],
)  # fmt: skip
def test_what_does_not_fit_is_an_error_and_never_wraps(both: list[Engine], text: str) -> None:
    put(both, "t", a=[MOST, MOST], b=[1, 2])
    for engine in both:
        with pytest.raises(Exception, match=r"(?i)overflow|out of range|divi|zero"):
            engine.query(text)


def test_whole_quotients_and_rests(both: list[Engine]) -> None:
    put(both, "t", n=[0, 1, 2, 3], a=[7, -7, MOST, -MOST], b=[2, 2, 3, 10])
    agree(both, "select a // b as q, a % b as r, -a // b as n, abs(a) as m from t order by n")


def test_sums_beyond_64_bits_are_told(both: list[Engine]) -> None:
    put(both, "t", a=[MOST, MOST, 1])
    assert [engine.total("t", "a") for engine in both] == [2 * MOST + 1] * 2


# --- keys, texts, times ----------------------------------------------------------------------------------------------


def test_keys_of_texts_are_the_same(both: list[Engine]) -> None:
    put(both, "t", a=[*ODD, *(f"order/{n}" for n in range(500))])
    found = agree(both, f"select a, {KEY_OF.format(text='a')} as key from t order by a")
    assert len({key for _, key in found}) == len(found) and max(key for _, key in found) < 2**60


def test_texts_are_in_the_order_of_their_bytes(both: list[Engine]) -> None:
    put(both, "t", a=ODD)
    assert [a for (a,) in agree(both, "select a from t order by a")] == sorted(ODD, key=lambda text: text.encode())
    agree(both, "select min(a) as low, max(a) as high from t")
    agree(both, "select a, row_number() over (order by a desc) as n from t order by n")
    assert both[1].frame("t", "a").rows() == both[0].frame("t", "a").rows()


def test_nulls_come_last(both: list[Engine]) -> None:
    put(both, "t", n=[1, 2, 3, 4], a=[None, "b", "a", None], d=[date(2026, 1, 2), None, date(2026, 1, 1), None])
    agree(both, "select a, n from t order by a, n")
    agree(both, "select a, n from t order by a desc, n desc")
    agree(
        both,
        "select n, row_number() over (order by d, n) as u from t order by n",
    )
    agree(
        both,
        "select concat('x', a) as c, a || '|' as p, greatest(n, 2, null) as g from t order by n",
    )
    agree(both, "select least(null, n, 3) as l, row_number() over (order by d desc, n) as v from t order by n")
    agree(both, "select count(*) as n, count(a) as a, string_agg(a, ' ' order by a desc) as s, max(d) as d from t")
    agree(both, "select n from t where a not in (select a from t where a = 'b') order by n")
    assert both[1].frame("t", "a, n").rows() == both[0].frame("t", "a, n").rows()


def test_days_and_times(both: list[Engine]) -> None:
    days = [date(1, 1, 1), date(1582, 10, 10), date(1969, 12, 31), date(2024, 2, 29), date(9999, 12, 31)]
    times = [
        datetime(2026, 3, 29, 2, 30),
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        None,
        datetime(2026, 10, 25, 2),
        None,
    ]
    put(both, "t", d=days, stamp=pl.Series(times, dtype=pl.Datetime("us")))
    agree(both, "select d, stamp, cast(stamp as date) as on_day from t order by d")
    agree(both, "select cast(date_trunc('month', d) as date) as m, extract(month from d) as n from t order by d")
    agree(
        both,
        "select d - cast($n as int) as back, d < $day as before from t where d > date '1900-01-01' order by d",
        n=3,
        day=days[3],
    )
    agree(both, "select d from t where stamp < cast($t as timestamp) order by d", t=datetime(2026, 3, 29, 2, 30, 0, 1))


def test_parameters_have_their_types(both: list[Engine]) -> None:
    agree(both, "select $a + 1 as a, $t as t, $b as b, $d as d", a=2**40, t="it's \\ $x :y", b=True, d=date(2026, 1, 2))


# --- relations -------------------------------------------------------------------------------------------------------


def shapes(engine: Engine) -> None:
    """A few hundred rows, with what leads them."""
    kinds = ("fund", "it's", "", "资金")
    rows = [(kinds[n * 7 % 4], ("b", "a")[n % 2], -(n * 7919 % 400), f"o{n % 50:02}") for n in range(400)]
    engine.put("rows", pl.DataFrame(rows, schema=["kind", "who", "n", "order"], orient="row"))


def test_parts_and_batches_are_the_same_rows_in_the_same_order(both: list[Engine]) -> None:
    told = []
    for engine in both:
        shapes(engine)
        columns, more = ["n", "who", "order", "kind"], {"twice": "n * 2", "key": KEY_OF.format(text='"order"')}
        schema, parts = engine.parts("rows", ["n"], columns, more, led=["kind", "who"])
        led = [(number, row) for number, part in parts for row in part.rows()]
        plain = [row for _, part in engine.parts("rows", ["n"], columns)[1] for row in part.rows()]
        arrow, batches = engine.batches("rows", ["order", "n"], columns, more)
        table = pa.Table.from_batches(list(batches))
        told.append(
            (schema, led, plain, arrow, table.schema, table.to_pylist(), [field.nullable for field in table.schema])
        )
    assert told[1] == told[0] and len(told[1][1]) == 400


@pytest.mark.parametrize("led", [[], ["kind"]])
def test_no_rows_are_no_parts(both: list[Engine], led: list[str]) -> None:
    for engine in both:
        engine.empty("none", {"kind": "varchar", "on": "date"})
        schema, parts = engine.parts("none", ["on"], ["kind", "on"], led=led)
        assert (schema, list(parts)) == ({"kind": pl.String, "on": pl.Date}, [])
        assert (
            pa.Table.from_batches(
                list((told := engine.batches("none", ["on"], ["kind", "on"], {}))[1]), told[0]
            ).num_rows
            == 0
        )


def test_rows_after_an_empty_batch_are_not_lost(both: list[Engine]) -> None:
    """Spark's reader of Arrow takes a batch without rows for the end."""
    for engine in both:
        for name, numbers in (("a", [1]), ("b", []), ("c", [2, 3])):
            engine.put(name, pl.DataFrame({"n": numbers}, schema={"n": pl.Int64}))
        engine.union("all_of_them", ["a", "b", "c"])
    assert agree(both, "select n + 1 as n from all_of_them order by n") == [(2,), (3,), (4,)]


def test_relations_are_made_and_exchanged(both: list[Engine]) -> None:
    told = []
    for engine in both:
        engine.put("t", pl.DataFrame({"k": ["a", "b"], "n": [1, 2]}))
        engine.append("t", pl.DataFrame({"k": ["c"], "n": [3]}))
        engine.put("new", pl.DataFrame({"k": ["b", "b"], "n": [20, 21]}))
        engine.put("asked", pl.DataFrame({"k": ["b", "x"]}))
        engine.exchange("t", "new", "k", "asked")
        engine.make("sums", "select k, cast(sum(n) as bigint) as n, count(*) as rows from t group by k")
        told.append(
            (
                engine.count("t"),
                engine.columns("sums"),
                engine.frame("sums", "k").rows(),
                engine.frame("t", "n", ["k"]).rows(),
            )
        )
    assert told[1] == told[0]
    assert told[1][2] == [("a", 1, 1), ("b", 41, 2), ("c", 3, 1)]


def test_a_view_is_read_anew_and_rows_that_are_held_stay(both: list[Engine]) -> None:
    for engine in both:
        engine.put("t", pl.DataFrame({"n": [1]}))
        engine.view("v", "select n + 1 as n from t")
        assert engine.query("select n from v") == [(2,)]
        other = engine.aside()
        other.hold("v")
        engine.put("t", pl.DataFrame({"n": [5]}))
        assert engine.query("select n from v") == [(6,)]
        engine.drop("t")
        assert other.query("select n from v") == [(2,)]
        other.close()


def test_sealed_files(both: list[Engine], tmp_path: Path) -> None:
    path, by_row = tmp_path / "it's [1].parquet", tmp_path / "rows.arrow"
    frame = pl.DataFrame({"k": [f"k{n:03}" for n in range(300)], "n": range(300)}).with_columns(
        on=pl.lit(date(2026, 1, 2)), at=pl.lit(datetime(2026, 3, 29, 2, 30)), ok=pl.col("n") % 2 == 0
    )
    frame.write_parquet(path, row_group_size=64)
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    schema = pa.schema([("k", pa.string()), *((one.name, one.type) for one in list(table.schema)[1:])])
    write_rows(table.cast(schema).to_batches(), schema, by_row)
    for engine in both:
        engine.parquet("read", path, ["k", "n"])
        engine.view("by_row", f"select * from {engine.file(by_row)}")
        engine.view("numbered", f"select n, file_row_number as at_row from {engine.file(path, numbered=True)}")
    agree(both, "select k, n from read order by n")
    agree(both, 'select k, n, "on", "at", ok from by_row order by n')
    assert agree(both, "select count(*) as n from numbered where n = at_row") == [(300,)]


def test_files_at_a_url_and_files_that_the_driver_alone_has(cluster: Any, tmp_path: Path) -> None:
    """The same rows in the same types, whoever reads them; a task reads a part of a file alone."""
    from assets.foundation.spark import SparkEngine

    path, by_row = tmp_path / "it's [1].parquet", tmp_path / "rows.arrow"
    table = pa.table({"k": [f"k{n:03}" for n in range(300)], "n": range(300), "on": [date(2026, 1, 2)] * 300})
    pl.DataFrame(pl.from_arrow(table)).write_parquet(path, row_group_size=64)
    write_rows(table.to_batches(max_chunksize=64), table.schema, by_row)
    for where in (str, lambda path: f"file://{path}", lambda _: None):
        engine = SparkEngine(cluster, 0, where)
        engine.view("by_row", f"select * from {engine.file(by_row)}")
        engine.view("by_column", f"select * from {engine.file(path, numbered=True)}")
        assert engine.select('select k, n, "on" from by_row order by n').to_arrow().cast(table.schema) == table
        found = engine.select('select k, n, "on", file_row_number as at_row from by_column order by n')
        assert found["at_row"].to_list() == found["n"].to_list() == list(range(300))
        assert found.drop("at_row").to_arrow().cast(table.schema) == table
        engine.close()


def test_a_kernel_meets_the_rows_of_each_group(both: list[Engine]) -> None:
    """The turns of mode seats: queue by queue on the executors what one pass makes of all queues."""
    turns = [(queue, turn, 100 * turn + queue) for queue in range(1, 5) for turn in range(1, 6)]
    needs = [(queue, ticket, 70 * ticket) for queue in range(2, 6) for ticket in range(1, 8)]
    found = []
    for engine in both:
        engine.put("turns", pl.DataFrame(turns[::-1], schema=["queue_no", "turn", "part"], orient="row"))
        engine.put("needs", pl.DataFrame(needs[::-1], schema=["queue_no", "ticket_no", "need"], orient="row"))
        pay = partial(pay_seats, seats=(5000, 3000, 2000))
        engine.meet("paid", "turns", "needs", "queue_no", ("turn", "ticket_no"), pay, PAYMENTS)
        found.append(engine.frame("paid", "queue_no, turn, ticket_no"))
    assert_frame_equal(found[1], found[0])
    assert found[0].height > 30


# --- defects of Spark ------------------------------------------------------------------------------------------------


@pytest.fixture
def large(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Engine]]:
    """DuckDB, and Spark planning as it does for tables that are too large to be sent to every executor."""
    from assets.foundation.spark import SparkEngine

    monkeypatch.setitem(cluster._usual, "spark.sql.autoBroadcastJoinThreshold", "-1")
    monkeypatch.setattr(cluster, "_planned", None)
    engine = SparkEngine(cluster, near=0)
    yield [DuckEngine(threads=1), engine]
    engine.close()


def make(both: list[Engine], name: str, select: str) -> None:
    for engine in both:
        engine.make(name, select)


def test_rows_of_a_union_that_is_read_twice_are_neither_lost_nor_doubled(large: list[Engine]) -> None:
    """Each row beside the one before it, of old rows and new ones: as ``exports/account_standing`` does."""
    make(large, "old", "select * from (values ('A', 'x'), ('B', 'y'), ('C', 'z')) as t(member, channel)")
    make(
        large, "new", "select * from (values (0, 'A', 'q'), (1, 'B', 'r'), (2, 'C', 'z')) as t(place, member, channel)"
    )
    make(large, "known", "select member from old")
    found = agree(
        large,
        """
        with shown as (
            select -1 as place, member, channel from old where member in (select member from new)
            union all
            select place, member, channel from new where member in (select member from known)
        ),
        numbered as (
            select place, member, channel, row_number() over (partition by member order by place) as version
            from shown
        )
        select n.place, n.member, n.channel, p.channel as before
        from numbered as n left join numbered as p on p.member = n.member and p.version = n.version - 1
        where n.place >= 0
        order by n.place
        """,
    )
    assert found == [(0, "A", "q", "x"), (1, "B", "r", "y"), (2, "C", "z", "z")]


def test_sums_over_a_union_whose_branches_hold_constants(large: list[Engine]) -> None:
    """What queues pay, booked on both sides, and summed in the journal."""
    put(large, "tickets_funded", queue_no=[1, 1], rule_version=["v", "v"], member_id=["A", "B"], funded=[4, 5],
        accelerated=[0, 2])  # fmt: skip
    put(large, "versions", version=["v"], tax_queue=["rebate"])
    put(large, "queue_numbers", queue_no=[1], queue_id=["S"])
    moved = {key: ["x"] for key in ("cause", "debit_account", "debit_holder", "credit_account", "credit_holder")}
    put(large, "moves", **moved, commodity=["CNY"], amount=[3])
    none = "select cause, account, holder, commodity, debit, credit from queue_postings where debit < 0"
    for engine in large:
        engine.run("queue/queue_postings")
        engine.view("scheme_postings", 'select * from "queue_postings"')
        engine.make("payout_postings", none)
        engine.make("debt_moves", "select * from moves where amount < 0")
        engine.name("ledger/postings")
        engine.run("ledger/entries", day=date(2026, 9, 1), day_text="2026-09-01")
    found = agree(large, "select txn_id, account, holder, debit, credit from entries order by txn_id, account, holder")
    assert found == [
        ("2026-09-01/queue/accelerate", "member_wallet_rebate", "B", 0, 2),
        ("2026-09-01/queue/accelerate", "pool_queue", "S", 2, 0),
        ("2026-09-01/queue/fund", "member_wallet_rebate", "A", 0, 4),
        ("2026-09-01/queue/fund", "member_wallet_rebate", "B", 0, 5),
        ("2026-09-01/queue/fund", "pool_queue", "S", 9, 0),
        ("2026-09-01/x", "x", "x", 3, 3),
    ]


def test_a_session_without_other_machines_listens_at_this_one_alone(cluster: Any) -> None:
    said = cluster.session.sparkContext.getConf()
    assert {said.get(f"spark.driver.{name}") for name in ("bindAddress", "host")} == {"127.0.0.1"}


def test_plans_do_not_grow_with_what_was_run_before(cluster: Any) -> None:
    from assets.foundation.spark import SparkEngine

    engine = SparkEngine(cluster, near=0)
    engine.put("t", pl.DataFrame({"n": [1, 2, 3]}))
    for _ in range(6):
        engine.make("t", "select a.n + 1 as n from t as a join t as b on a.n = b.n")
    plan = engine._rows("t").frame._jdf.queryExecution().analyzed().toString()
    assert "Join" not in plan and len(plan.splitlines()) < 5
    assert engine.frame("t", "n").rows() == [(7,), (8,), (9,)]


def test_names_go_with_what_they_named(cluster: Any) -> None:
    from assets.foundation.spark import SparkEngine

    engine = SparkEngine(cluster, near=100)

    def named() -> int:
        return int(cluster.session.sql("show views").toArrow().num_rows)

    before = named()
    for n in range(5):
        engine.put("t", pl.DataFrame({"n": [n]}))
        engine.make("u", "select n + 1 as n from t")
    assert named() <= before + 1
    engine.close()
    assert named() == before


def test_a_large_statement_is_parted_by_what_it_reads(cluster: Any) -> None:
    cluster.plan(10_000_000)
    many = int(cluster.session.conf.get("spark.sql.shuffle.partitions"))
    cluster.plan(100_000_000)
    assert int(cluster.session.conf.get("spark.sql.shuffle.partitions")) >= 5 * many > 50
    assert cluster.session.conf.get("spark.sql.adaptive.enabled") == "true"
    cluster.plan(0)
    assert cluster.session.conf.get("spark.sql.shuffle.partitions") == "1"


def test_calendar_of_days_is_not_shifted_by_the_zone_of_the_machine(
    both: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(both, "t", stamp=[datetime(2026, 1, 1) + timedelta(hours=n) for n in range(24)])
    assert agree(both, "select count(distinct cast(stamp as date)) as n from t") == [(1,)]
