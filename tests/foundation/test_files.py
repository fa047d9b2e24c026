"""Tables as bytes: the canonical text that is hashed, and Parquet that depends on the rows alone."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from assets.foundation import files
from assets.foundation.files import content_sha256, write_parquet, write_parts
from assets.foundation.store import sha256_file
from tests.pipelines.homes import no_room_beyond

TABLE = pl.DataFrame(
    {
        "id": ["O1", "a, \"b\"", ""],
        "fen": [-5, 9223372036854775807, 0],
        "on": [date(2026, 11, 1), None, date(2026, 2, 28)],
        "at": [datetime(2026, 11, 1, 9, 30), datetime(2026, 11, 1, 9, 30, 0, 7), None],
        "ok": [True, False, True],
    },
    schema_overrides={"at": pl.Datetime("us")},
)  # fmt: skip
# By hand: what content_sha256's docstring promises.
TEXT = (
    "id\x1ffen\x1fon\x1fat\x1fok\n"
    "O1\x1f-5\x1f2026-11-01\x1f2026-11-01T09:30:00.000000\x1ftrue\n"
    'a, "b"\x1f9223372036854775807\x1f\x1f2026-11-01T09:30:00.000007\x1ffalse\n'
    "\x1f0\x1f2026-02-28\x1f\x1ftrue\n"
)


def test_content_hash_of_a_literal_table() -> None:
    assert content_sha256(TABLE) == hashlib.sha256(TEXT.encode()).hexdigest()


def test_content_hash_of_no_rows_is_that_of_the_header() -> None:
    assert content_sha256(TABLE.clear()) == hashlib.sha256(b"id\x1ffen\x1fon\x1fat\x1fok\n").hexdigest()


def test_content_hash_sees_order_names_and_values() -> None:
    others = [
        TABLE.reverse(),
        TABLE.rename({"fen": "yuan"}),
        TABLE.with_columns(pl.col("fen") + pl.lit(1, pl.Int8) * 0),
    ]
    assert [content_sha256(other) == content_sha256(TABLE) for other in others] == [False, False, True]


def test_content_hash_takes_long_tables_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = content_sha256(TABLE)
    monkeypatch.setattr("assets.foundation.files._SLICE", 2)
    assert content_sha256(TABLE) == whole


def test_parquet_bytes_do_not_depend_on_how_the_frame_was_made(tmp_path: Path) -> None:
    rows = pl.DataFrame({"n": range(1000), "t": [f"t{n % 7}" for n in range(1000)]})
    pieces = pl.concat([rows[:1], rows[1:400], rows[400:]], rechunk=False)
    assert pieces.n_chunks() == 3
    one, two = (write_parquet(frame, tmp_path / name) for frame, name in ((rows, "a/b/one"), (pieces, "two")))
    assert one == two == sha256_file(tmp_path / "a" / "b" / "one") == sha256_file(tmp_path / "two")
    assert pl.read_parquet(tmp_path / "two").equals(rows)


@pytest.mark.parametrize("small", [1, 100, 10_000])
@pytest.mark.parametrize("size", [7, 1000, 5000])
def test_a_table_in_parts_is_the_table_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int, size: int
) -> None:
    monkeypatch.setattr(files, "_SMALL", small)
    table = pl.DataFrame({"n": range(2000), "t": [f"t{n % 300}" for n in range(2000)]})
    whole = write_parquet(table, tmp_path / "whole.parquet", 512)
    written = write_parts(
        table.iter_slices(size), table.schema, tmp_path / "parts.parquet", content=True, row_group=512
    )
    assert (written.sha256, written.rows, written.content_sha256) == (whole, 2000, content_sha256(table))


def test_a_table_without_parts_still_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    written = write_parts(iter(()), TABLE.schema, path, content=True)
    assert written.content_sha256 == content_sha256(TABLE.head(0))
    assert pl.read_parquet(path).equals(TABLE.head(0))


@pytest.mark.parametrize("size", [0, 5000])
def test_a_disk_that_does_not_take_a_table_is_no_fault_of_the_table(tmp_path: Path, size: int) -> None:
    frame = pl.DataFrame({"n": range(70_000), "text": [str(n * n) for n in range(70_000)]})
    said = rf"^File too large \(os error \d+\): {tmp_path}/t$"
    with no_room_beyond(size):
        with pytest.raises(OSError, match=said):
            write_parquet(frame, tmp_path / "t")
        with pytest.raises(OSError, match=said):  # as a stream
            write_parts(iter([frame, frame]), frame.schema, tmp_path / "t", content=True)
