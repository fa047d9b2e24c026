"""The sealed state: segments that stay few, the newest row of a key, dead rows that go only when all are merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation import state as states
from assets.foundation.duck import DuckEngine
from assets.foundation.segments import StateTable
from assets.foundation.state import State
from assets.foundation.store import sha256_file
from assets.tables import STATE_TABLES

START = date(2026, 1, 1)
ITEMS = StateTable("items", ("k",), {"k": "varchar", "n": "bigint"}, live="n > 0")
DUE = StateTable("due", ("on", "k"), {"on": "date", "k": "varchar"}, live='"on" > {day}')
Sealed = dict[str, Any]
Rows = list[tuple[str, int]]


@pytest.fixture(autouse=True, params=[False, True], ids=["parquet", "by row"])
def layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to keep a table."""
    for name in ("ITEMS", "DUE"):
        monkeypatch.setitem(globals(), name, replace(globals()[name], by_row=request.param))


def close(home: Path, day: date, sealed: Sealed | None, rows: Rows) -> Sealed:
    """One day: the state as sealed, today's rows on top, the new state block."""
    engine = DuckEngine(threads=1)
    state = State(engine, home, day, [ITEMS], sealed)
    engine.put("changed", pl.DataFrame(rows, schema=["k", "n"], orient="row", schema_overrides={"n": pl.Int64}))
    block = state.write(home / "settlements" / str(day) / "state", {ITEMS.name: "changed"})
    engine.close()
    return block


def read(home: Path, sealed: Sealed | None, table: StateTable | None = None) -> list[tuple[Any, ...]]:
    """What the day after sees."""
    table = table or ITEMS
    engine = DuckEngine(threads=1)
    State(engine, home, START, [table], sealed)
    return engine.frame(f"prior_{table.name}", ", ".join(f'"{column}"' for column in table.order)).rows()


def walk(home: Path, days: list[Rows]) -> Sealed | None:
    sealed: Sealed | None = None
    for number, rows in enumerate(days):
        sealed = close(home, START + timedelta(days=number), sealed, rows)
    return sealed


def on(number: int) -> str:
    """Where the segment of day ``number`` (from 0) lies."""
    return f"settlements/{START + timedelta(days=number)}/state/{ITEMS.file}"


def test_a_home_without_days_has_every_table_with_its_types(tmp_path: Path) -> None:
    engine = DuckEngine(threads=1)
    State(engine, tmp_path, START, STATE_TABLES, None)
    kinds = {"varchar": pl.String, "bigint": pl.Int64, "date": pl.Date, "timestamp": pl.Datetime("us")}
    for table in STATE_TABLES:
        frame = engine.frame(f"prior_{table.name}")
        assert frame.height == 0
        assert frame.schema == {name: kinds[kind] for name, kind in table.columns.items()}, table.name


def test_keys_are_columns_and_names_are_unique() -> None:
    assert len({table.name for table in STATE_TABLES}) == len(STATE_TABLES)
    for table in STATE_TABLES:
        assert set(table.key) <= set(table.columns), table.name


def test_newest_row_of_a_key_wins(tmp_path: Path) -> None:
    sealed = walk(tmp_path, [[(f"k{n:02}", 1) for n in range(20)], [("k03", 5), ("new", 7)], [("k03", 6)]])
    assert sealed
    # 20 > 4 x 2: the second day stands alone; 2 <= 4 x 1: the third takes the second in.
    assert [(part["file"], part["rows"]) for part in sealed["items"]] == [(on(0), 20), (on(2), 2)]
    rows = dict(read(tmp_path, sealed))
    assert (len(rows), rows["k02"], rows["k03"], rows["new"]) == (21, 1, 6, 7)


def test_rows_whose_columns_are_these_values(tmp_path: Path) -> None:
    """The newest row counts, and is asked for after that; a quote in a value is no end of it."""
    sealed = walk(tmp_path, [[("b", 1), ("a", 2), ("it's", 3)], [("b", 2)]])
    state = State(DuckEngine(threads=1), tmp_path, START, [ITEMS], sealed)
    assert state.matching("items", n=2) == [{"k": "a", "n": 2}, {"k": "b", "n": 2}]
    assert state.matching("items", n=1) == []
    assert state.matching("items", k="it's", n=3) == [{"k": "it's", "n": 3}]
    assert [row["k"] for row in state.matching("items")] == ["a", "b", "it's"]


def test_a_segment_is_named_by_path_rows_and_hash_and_sorted_by_key(tmp_path: Path) -> None:
    sealed = walk(tmp_path, [[("b", 2), ("a", 1)]])
    path = tmp_path / on(0)
    assert sealed == {"items": [{"file": on(0), "rows": 2, "sha256": sha256_file(path)}]}
    segment = pl.read_ipc(path) if path.suffix == ".arrow" else pl.read_parquet(path)
    assert segment.rows() == [("a", 1), ("b", 2)]


def test_a_day_without_changes_writes_nothing_and_keeps_the_segments(tmp_path: Path) -> None:
    sealed = walk(tmp_path, [[("a", 1)]])
    assert close(tmp_path, START + timedelta(days=1), sealed, []) == sealed
    assert not (tmp_path / on(1)).exists()
    engine = DuckEngine(threads=1)
    assert State(engine, tmp_path, START, [ITEMS], sealed).write(tmp_path / "none", {}) == sealed
    assert not (tmp_path / "none").exists()


def test_segments_stay_few_and_rows_are_rewritten_seldom(tmp_path: Path) -> None:
    sealed: Sealed | None = None
    most = written = 0
    for number in range(40):
        day = START + timedelta(days=number)
        sealed = close(tmp_path, day, sealed, [(f"d{number:02}r{row}", number + 1) for row in range(3)])
        most = max(most, len(sealed["items"]))
        written += sealed["items"][-1]["rows"]
        # Sizes fall geometrically: each segment had more than four times the rows of what came after it then.
        sizes = [part["rows"] for part in sealed["items"]]
        assert all(older > 4 * newer for older, newer in pairwise(sizes)), sizes
    assert sealed
    assert read(tmp_path, sealed) == [(f"d{day:02}r{row}", day + 1) for day in range(40) for row in range(3)]
    assert most <= 4
    assert written <= 120 * 8  # merging everything every day would write 2460 rows


def test_large_segments_wait_for_one_of_their_own_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "_LARGE", 12)  # rows of four of these days
    sealed: Sealed | None = None
    written = []
    for number in range(40):
        day = START + timedelta(days=number)
        sealed = close(tmp_path, day, sealed, [(f"d{number:02}r{row}", number + 1) for row in range(3)])
        sizes = [part["rows"] for part in sealed["items"]]
        written.append(sizes[-1])
        for older, newer in pairwise(sizes):
            assert older > newer * (4 if older < 12 else 1), sizes
        assert len(sizes) <= 6
    assert sealed
    assert read(tmp_path, sealed) == [(f"d{day:02}r{row}", day + 1) for day in range(40) for row in range(3)]
    assert sum(written) <= 120 * 5  # joining at four times the size would write 120 * 6


def test_older_segments_stay_where_they_were_written(tmp_path: Path) -> None:
    first = walk(tmp_path, [[(f"k{n:02}", 1) for n in range(20)]])
    before = (tmp_path / on(0)).stat().st_mtime_ns, (tmp_path / on(0)).read_bytes()
    sealed = close(tmp_path, START + timedelta(days=1), first, [("k01", 9)])
    assert first
    assert sealed["items"][0] == first["items"][0]
    assert ((tmp_path / on(0)).stat().st_mtime_ns, (tmp_path / on(0)).read_bytes()) == before


def test_a_dead_row_goes_only_when_all_segments_are_merged(tmp_path: Path) -> None:
    alive = [(f"k{n:02}", 1) for n in range(20)]
    second = walk(tmp_path, [alive, [("k00", 0), ("gone", 0)]])
    assert second
    # An older segment still has k00: the dead row must stay to hide it.
    assert [part["rows"] for part in second["items"]] == [20, 2]
    rows = dict(read(tmp_path, second))
    assert (rows["k00"], rows["gone"]) == (0, 0)
    third = close(tmp_path, START + timedelta(days=2), second, [(f"n{n:02}", 1) for n in range(5)])
    assert [(part["file"], part["rows"]) for part in third["items"]] == [(on(2), 24)]
    assert set(dict(read(tmp_path, third))) == {key for key, _ in alive[1:]} | {f"n{n:02}" for n in range(5)}


def test_a_table_of_dead_rows_alone_leaves_no_segment(tmp_path: Path) -> None:
    sealed = walk(tmp_path, [[("a", 0)]])
    assert sealed == {"items": []}
    assert not (tmp_path / on(0)).exists()  # a file that no seal names
    assert read(tmp_path, sealed) == []


@pytest.mark.parametrize(("day", "left"), [(1, ["b", "c"]), (2, ["c"]), (3, [])])
def test_live_is_judged_on_the_day_that_is_settled(tmp_path: Path, day: int, left: list[str]) -> None:
    engine = DuckEngine(threads=1)
    today = date(2026, 1, day)
    state = State(engine, tmp_path, today, [DUE], None)
    engine.put("changed", pl.DataFrame({"on": [date(2026, 1, n) for n in (1, 2, 3)], "k": ["a", "b", "c"]}))
    block = state.write(tmp_path / "settlements" / str(today) / "state", {"due": "changed"})
    assert [key for _, key in read(tmp_path, block, DUE)] == left


def test_the_same_rows_give_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    written = []
    for threads in (1, 2):
        engine = DuckEngine(threads=threads)
        home = tmp_path / str(threads)
        state = State(engine, home, START, [ITEMS], None)
        rows = [(f"k{n * 7919 % 5000:04}", n + 1) for n in range(5000)]
        engine.put("changed", pl.DataFrame(rows, schema=["k", "n"], orient="row"))
        written.append(state.write(home / "settlements" / str(START) / "state", {"items": "changed"}))
    assert written[0] == written[1]


def test_a_quote_in_the_path_of_the_home(tmp_path: Path) -> None:
    home = tmp_path / "l'an"
    assert read(home, walk(home, [[("a", 1)]])) == [("a", 1)]
