"""Looking rows up by an index: the newest of every key, by few row groups or by a scan, whatever the texts hash to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.foundation import index, segments, state
from assets.foundation.duck import DuckEngine
from assets.foundation.index import find_rows, find_some, index_path, read_rows, touches_most, write_index
from assets.foundation.segments import StateTable, sealed_files
from assets.foundation.state import State
from assets.foundation.store import sha256_file

START = date(2026, 1, 1)
ITEMS = StateTable(
    "items",
    ("k",),
    {"k": "varchar", "owner": "varchar", "n": "bigint", "on": "date"},
    indexes={"k": '"k"', "owner": '"owner"', "pair": "concat(owner, '|', k)"},
    since="on",
)
Row = tuple[str, str, int]
Sealed = dict[str, Any]


def close(home: Path, number: int, sealed: Sealed | None, rows: list[Row]) -> Sealed:
    """One day's rows on top of what was sealed."""
    day = START + timedelta(days=number)
    engine = DuckEngine(threads=1)
    kept = State(engine, home, day, [ITEMS], sealed)
    frame = pl.DataFrame(rows, schema=["k", "owner", "n"], orient="row").with_columns(on=pl.lit(day))
    engine.put("changed", frame)
    block = kept.write(home / "settlements" / str(day) / "state", {"items": "changed"})
    engine.close()
    return block


def rows_of(path: Path) -> pl.DataFrame:
    return pl.read_ipc(path) if path.suffix == ".arrow" else pl.read_parquet(path)


def look(home: Path, sealed: Sealed | None, name: str, texts: list[str]) -> list[tuple[str, str, int]]:
    engine = DuckEngine(threads=1)
    kept = State(engine, home, START, [ITEMS], sealed)
    engine.put("asked", pl.DataFrame({name: texts}, schema={name: pl.String}))
    kept.lookup("items", name, "asked", into="found")
    found = engine.frame("found", "k").select("k", "owner", "n").rows()
    engine.close()
    return found


@pytest.fixture(autouse=True, params=[False, True], ids=["parquet", "by row"])
def layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to keep a table."""
    monkeypatch.setitem(globals(), "ITEMS", replace(ITEMS, by_row=request.param))


@pytest.fixture(autouse=True, params=[0, 10_000], ids=["kept first", "at once"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to the newest of the rows that were found, and keys searched for by one thread or by two."""
    monkeypatch.setattr(state, "_FEW", request.param)
    monkeypatch.setattr(index, "_TOGETHER", request.param)


@pytest.fixture
def three(tmp_path: Path) -> tuple[Path, Sealed]:
    """Three segments: 400 rows; 40 of them anew; 4 of these anew and one that is new."""
    first = close(tmp_path, 0, None, [(f"k{n:03}", f"o{n % 10}", n) for n in range(400)])
    second = close(tmp_path, 1, first, [(f"k{n:03}", f"o{n % 10}", 1000 + n) for n in range(40)])
    third = close(tmp_path, 2, second, [(f"k{n:03}", f"o{n % 10}", 2000 + n) for n in range(4)] + [("new", "o5", 1)])
    assert len(third["items"]) == 3
    return tmp_path, third


def test_the_newest_row_of_every_key_is_found(three: tuple[Path, Sealed]) -> None:
    asked = ["k003", "k039", "k399", "new", "nobody"]
    expected = [("k003", "o3", 2003), ("k039", "o9", 1039), ("k399", "o9", 399), ("new", "o5", 1)]
    assert look(*three, "k", asked) == expected


def test_all_rows_of_one_owner(three: tuple[Path, Sealed]) -> None:
    found = look(*three, "owner", ["o5"])
    assert [row[0] for row in found] == [*(f"k{n:03}" for n in range(5, 400, 10)), "new"]
    assert [row[2] for row in found[:5]] == [1005, 1015, 1025, 1035, 45]


def test_an_expression_is_looked_up_like_a_column(three: tuple[Path, Sealed]) -> None:
    assert look(*three, "pair", ["o1|k001", "o2|k001"]) == [("k001", "o1", 2001)]


def test_nothing_asked_and_nothing_there(three: tuple[Path, Sealed], tmp_path: Path) -> None:
    assert look(*three, "k", []) == []
    assert look(*three, "k", ["nobody"]) == []
    assert look(tmp_path, None, "k", ["k001"]) == []


def test_an_index_that_a_table_has_not_is_a_defect(three: tuple[Path, Sealed]) -> None:
    with pytest.raises(KeyError):
        look(*three, "n", ["1"])


@pytest.mark.parametrize("most", [0, 10**9])
def test_a_scan_and_row_groups_find_the_same(
    three: tuple[Path, Sealed], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(index, "_MOST", most)  # 0: never a scan; the other: always
    found = look(*three, "owner", ["o3", "o7"])
    assert len(found) == 80
    assert found[0] == ("k003", "o3", 2003)


def test_texts_that_share_a_key_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (segments, state):
        monkeypatch.setattr(module, "KEY_OF", "cast(length({text}) as bigint)")
    sealed = close(tmp_path, 0, None, [("aa", "x", 1), ("bb", "x", 2), ("ccc", "x", 3)])
    assert look(tmp_path, sealed, "k", ["bb"]) == [("bb", "x", 2)]


def test_rows_come_from_their_row_groups_alone(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": range(1000), "t": [f"t{n}" for n in range(1000)]})
    path = tmp_path / "rows.parquet"
    frame.write_parquet(path, row_group_size=64)
    for rows in ([0], [63, 64], [999], [1, 500, 501, 999], list(range(0, 1000, 7))):
        numbers = pl.Series(rows, dtype=pl.UInt32())
        got = pl.concat(list(read_rows(path, numbers, ["n", "t"])))
        assert_frame_equal(got, frame[rows])
    assert not touches_most(path, pl.Series([0, 1, 63], dtype=pl.UInt32()))
    assert touches_most(path, pl.Series(range(0, 1000, 50), dtype=pl.UInt32()))


def test_an_index_holds_every_row_of_a_key(tmp_path: Path) -> None:
    path = index_path(tmp_path / "t.parquet", "k")
    assert path.name == "t.k.arrow"
    digest = write_index(pl.Series([5, 3, 5, 1], dtype=pl.Int64()), path)
    assert digest == sha256_file(path)
    found = [find_rows(path, pl.Series(keys, dtype=pl.Int64())).to_list() for keys in ([5], [1, 3], [2], [])]
    assert found == [[0, 2], [1, 3], [], []]


def test_the_seal_names_every_index(three: tuple[Path, Sealed]) -> None:
    home, sealed = three
    files = dict(sealed_files(sealed))
    assert len(files) == 3 * 4
    assert files == {name: sha256_file(home / name) for name in files}


def test_rows_lie_by_their_date(three: tuple[Path, Sealed]) -> None:
    home, sealed = three
    merged = close(home, 3, sealed, [(f"k{n:03}", "o0", 0) for n in range(399, 0, -1)])
    assert len(merged["items"]) == 1
    frame = rows_of(home / merged["items"][0]["file"])
    assert frame.height == 401
    assert_frame_equal(frame, frame.sort("on", "k"))


def test_only_the_columns_asked_for(three: tuple[Path, Sealed]) -> None:
    home, sealed = three
    engine = DuckEngine(threads=1)
    kept = State(engine, home, START, [ITEMS], sealed)
    for texts in (["k002", "k399", "none"], []):
        engine.put("asked", pl.DataFrame({"k": texts}, schema={"k": pl.String}))
        kept.lookup("items", "k", "asked", only="k n", into="found")
        assert engine.columns("found") == ("k", "n")
        assert engine.frame("found", "k").rows() == ([("k002", 2002), ("k399", 399)] if texts else [])
    engine.close()


def test_rows_that_fulfil_a_condition(three: tuple[Path, Sealed]) -> None:
    """Asked of what never changes: the newest row of a key counts, also where only an older one lies in a file."""
    home, sealed = three
    engine = DuckEngine(threads=1)
    kept = State(engine, home, START + timedelta(days=1), [ITEMS], sealed)
    kept.sift("items", "owner = 'o3' and {day} > date '2026-01-01'", into="found")
    found = engine.frame("found", "k").select("k", "owner", "n").rows()
    assert [row[0] for row in found] == [f"k{n:03}" for n in range(3, 400, 10)]
    assert [row[2] for row in found[:5]] == [2003, 1013, 1023, 1033, 43]
    kept.sift("items", "owner = 'o3' and {day} < date '2026-01-01'", into="found")
    assert engine.columns("found") == tuple(ITEMS.columns)
    assert engine.count("found") == 0
    engine = DuckEngine()
    State(engine, home / "none", START, [ITEMS], None).sift("items", "n > 0", into="found")
    assert engine.count("found") == 0
    engine.close()


@pytest.mark.parametrize(
    ("youngest", "rows", "cut"),
    [(False, [0, 1, 3, 4], [(5, 3)]), (True, [1, 3, 4, 6], [(5, 3)])],
)
def test_some_rows_of_a_key_and_the_last_of_them(
    tmp_path: Path, youngest: bool, rows: list[int], cut: list[tuple[int, int]]
) -> None:
    path = tmp_path / "t.k.arrow"
    write_index(pl.Series([5, 1, 7, 5, 1, 7, 5], dtype=pl.Int64()), path)
    found, more = find_some(path, pl.Series([1, 5, 9], dtype=pl.Int64()), 2, youngest=youngest)
    assert (found.to_list(), more.rows()) == (rows, cut)


@pytest.mark.parametrize("youngest", [False, True])
@pytest.mark.parametrize("most", [1, 2, 3, 5, 100])
def test_some_rows_lack_nothing_up_to_where_they_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, youngest: bool
) -> None:
    """Fourteen days of rows of two owners, every third of them anew on a later day, in segments that merge."""
    monkeypatch.setitem(globals(), "ITEMS", replace(ITEMS, by_row=True))
    sealed: Sealed | None = None
    newest: dict[str, tuple[str, int, date]] = {}
    for number in range(14):
        day = START + timedelta(days=number)
        rows = [(f"k{number:02}{n}", f"o{n % 2}", number, day) for n in range(6)]
        rows += [(key, owner, 100 + number, on) for key, (owner, n, on) in newest.items() if n == number - 4][::3]
        newest |= {key: (owner, n, on) for key, owner, n, on in rows}
        engine = DuckEngine(threads=1)
        kept = State(engine, tmp_path, day, [ITEMS], sealed)
        engine.put("changed", pl.DataFrame(rows, schema=["k", "owner", "n", "on"], orient="row"))
        sealed = kept.write(tmp_path / "settlements" / str(day) / "state", {"items": "changed"})
        engine.close()
    engine = DuckEngine(threads=1)
    kept = State(engine, tmp_path, START, [ITEMS], sealed)
    engine.put("asked", pl.DataFrame({"owner": ["o1", "o7"]}))
    kept.lookup_some("items", "owner", "asked", most=most, youngest=youngest, only="k owner n on", into="found")
    found = engine.frame("found", "k").select("k", "n", "on").rows()
    more = engine.frame("found_more")["owner"].to_list()
    engine.close()
    whole = sorted((key, n, on) for key, (owner, n, on) in newest.items() if owner == "o1")
    assert more == ([] if most == 100 else ["o1"])
    dates = [on for _, _, on in found]
    if more:
        assert len(found) < len(whole)
        edge = (min if youngest else max)(dates) if dates else None
        expected = [row for row in whole if edge and (row[2] >= edge if youngest else row[2] <= edge)]
    else:
        expected = whole
    assert found == expected
    assert most <= 3 or found  # an owner has three rows a day, and the last day looked at is left out
