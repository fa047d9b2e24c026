"""Tables of which single rows are read: bytes that follow the rows alone, rows by their numbers."""

from __future__ import annotations

import mmap
import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from assets.foundation import rows as module
from assets.foundation.rows import mapped, take_rows, whole, write_rows
from assets.foundation.store import sha256_file

SCHEMA = pa.schema([("id", pa.string()), ("fen", pa.int64()), ("on", pa.date32()), ("at", pa.timestamp("us"))])
TABLE = pa.table(
    {
        "id": [f"O{n}" for n in range(10)],
        "fen": range(10),
        "on": [date(2026, 11, 1), None] * 5,
        "at": [None, datetime(2026, 11, 1, 9, 30)] * 5,
    },
    schema=SCHEMA,
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 4)


def write(table: pa.Table, path: Path, size: int) -> str:
    return write_rows(table.to_batches(max_chunksize=size), table.schema, path).sha256


@pytest.mark.parametrize("size", [1, 3, 4, 7, 10])
def test_bytes_do_not_depend_on_how_the_rows_came(tmp_path: Path, size: int) -> None:
    written = write(TABLE, tmp_path / "parts" / "rows.arrow", size)
    assert written == write(TABLE, tmp_path / "rows.arrow", 10) == sha256_file(tmp_path / "rows.arrow")
    assert whole(tmp_path / "rows.arrow").equals(TABLE)
    assert [len(chunk) for chunk in whole(tmp_path / "rows.arrow")["id"].chunks] == [4, 4, 2]


def test_bytes_do_not_depend_on_what_lies_under_a_null(tmp_path: Path) -> None:
    """An engine leaves there what its memory held."""
    schema = pa.schema([("on", pa.date32())])
    nulls = pa.array([True, False, True]).buffers()[1]

    def column(under: int) -> pa.Table:
        values = pa.array([7, under, 9], pa.int32()).buffers()[1]
        return pa.table([pa.Array.from_buffers(pa.date32(), 3, [nulls, values])], schema=schema)

    assert column(1).equals(column(2))
    assert write(column(1), tmp_path / "one", 3) == write(column(2), tmp_path / "two", 3)
    assert whole(tmp_path / "one")["on"].to_pylist() == [date(1970, 1, 8), None, date(1970, 1, 10)]


def test_a_text_is_never_null(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a text of the state is null"):
        write(pa.table({"id": ["a", None]}), tmp_path / "rows.arrow", 2)


def test_texts_that_are_all_empty(tmp_path: Path) -> None:
    empty = pa.table({"id": ["", "", "", "", ""]})
    assert write(empty, tmp_path / "one", 5) == write(empty, tmp_path / "two", 2)
    assert whole(tmp_path / "one")["id"].to_pylist() == [""] * 5


def test_no_rows(tmp_path: Path) -> None:
    written = write_rows(iter(()), SCHEMA, tmp_path / "rows.arrow")
    assert written.rows == 0
    assert whole(tmp_path / "rows.arrow").schema == SCHEMA
    assert take_rows(tmp_path / "rows.arrow", pl.Series([], dtype=pl.UInt32), ["on", "id"]).to_pydict() == {
        "on": [], "id": [],
    }  # fmt: skip


@pytest.mark.parametrize("wanted", [[0], [9], [3, 4], [0, 1, 5, 8, 9], list(range(10))])
def test_rows_by_their_numbers(tmp_path: Path, wanted: list[int]) -> None:
    write(TABLE, tmp_path / "rows.arrow", 10)
    taken = take_rows(tmp_path / "rows.arrow", pl.Series(wanted, dtype=pl.UInt32), ["fen", "id"])
    assert taken.to_pydict() == {"fen": wanted, "id": [f"O{n}" for n in wanted]}


def test_what_was_taken_outlives_the_file(tmp_path: Path) -> None:
    write(TABLE, tmp_path / "rows.arrow", 10)
    taken = take_rows(tmp_path / "rows.arrow", pl.Series([1, 6], dtype=pl.UInt32), ["id"])
    (tmp_path / "rows.arrow").write_bytes(b"")
    assert taken["id"].to_pylist() == ["O1", "O6"]


# --- the memory of the process ------------------------------------------------------------------------------------

LONG = pa.table({"n": range(1 << 19), "text": [f"{n:064}" for n in range(1 << 19)]})
BATCH = 1 << 14
BATCH_BYTES = BATCH * (8 + 64 + 4)


def resident(path: Path) -> int:
    """Bytes of a mapped file that count as memory of this process."""
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split()[0] and ":" not in line.split()[0]:
            inside = line.endswith(str(path))
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 32 batches."""
    monkeypatch.setattr(module, "_BATCH", BATCH)
    write(LONG, tmp_path / "long.arrow", BATCH)
    return tmp_path / "long.arrow"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_was_read_of_a_file_is_let_go(long: Path) -> None:
    table, let_go = mapped(long)
    assert table.equals(LONG)
    assert resident(long) > 30 * BATCH_BYTES
    let_go()
    assert resident(long) == 0
    assert table.equals(LONG)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_taking_rows_holds_few_batches_of_a_file(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    let_go = module._let_go

    def watched(pages: mmap.mmap) -> None:
        held.append(resident(long))
        let_go(pages)

    monkeypatch.setattr(module, "_let_go", watched)
    every = pl.int_range(0, LONG.num_rows, 50, dtype=pl.UInt32, eager=True)  # a row of every page
    taken = take_rows(long, every, ["n", "text"])
    assert taken.equals(LONG.take(every.to_arrow()))
    assert len(held) == 4
    assert max(held) < 12 * BATCH_BYTES  # of 32: the kernel reads some pages around those asked for
