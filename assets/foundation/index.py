"""Finding rows of a sealed segment by a column's text, at a cost that follows what is asked and not the history.

Reading what was found costs the rows themselves (``rows.py``); in a Parquet segment their row groups, or a scan where
these are many.

Holds: the index file beside a segment (sorted keys with row numbers, mapped into memory, searched by halving) and the
reading of the row groups that hold the rows found.
Never holds: which table has which index (``assets/tables.py``), which row of a key counts (``state.py``).
Neighbour: ``segments.py`` writes an index with every segment, ``state.py`` asks here. On a cluster the same look-up is
a join.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from assets.foundation.store import sha256_file

# Two texts may share a key: who looks up compares the texts of the rows found. 60 bits of a hash that is the same in
# every version and on every machine.
KEY_OF = "cast(md5_number({text}) >> 68 as bigint)"
_MOST = 8  # a scan is parallel and keeps only what it finds: it is chosen from an eighth of the row groups on
_TOGETHER = 100_000  # keys that one thread searches for
_GROUPS = 64  # row groups that are in memory at a time


def index_path(segment: Path, index: str) -> Path:
    """Where an index of a segment lies: beside it."""
    return segment.with_suffix(f".{index}.arrow")


def write_index(keys: pl.Series, path: Path) -> str:
    """Write an index from its keys in the order of the rows (``KEY_OF``); returns the file's sha256."""
    index = keys.rename("key").to_frame().with_row_index("row").sort("key", maintain_order=True).rechunk()
    index.write_ipc(path, compression="uncompressed")
    return sha256_file(path)


def find_rows(path: Path, keys: pl.Series) -> pl.Series:
    """Row numbers, ascending, of the rows whose key is one of ``keys`` (sorted, without repeats)."""
    index = _mapped(path)
    return _rows(index, _spans(index, keys))


def find_some(path: Path, keys: pl.Series, most: int, *, youngest: bool) -> tuple[pl.Series, pl.DataFrame]:
    """As ``find_rows``, but of each key at most its first ``most`` rows, or its last ones (``youngest``); and the keys
    that have more (``key``), each with the last of its rows on the way there (``row``).
    """
    index = _mapped(path)
    spans = _spans(index, keys)
    if youngest:
        some = spans.with_columns(low=pl.max_horizontal("low", pl.col("high").cast(pl.Int64) - most).cast(pl.UInt32))
        edge = pl.col("low")
    else:
        some = spans.with_columns(high=pl.min_horizontal("high", pl.col("low") + most).cast(pl.UInt32))
        edge = pl.col("high") - 1
    cut = some.filter(pl.Series(some["high"] - some["low"] < spans["high"] - spans["low"]))
    return _rows(index, some), cut.select("key", row=index["row"].gather(cut.select(edge).to_series()))


def _mapped(path: Path) -> pl.DataFrame:
    with pa.memory_map(str(path)) as mapped:  # what the search does not touch is not read
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(mapped).read_all()))


def _spans(index: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Where in the index the rows of each key lie that it has: from ``low`` to before ``high``."""
    # Most keys asked for are new ones: only those that are there are searched for their last row.
    low = _searched(index["key"], keys)
    asked = pl.DataFrame({"key": keys, "low": low}).filter(pl.col("low") < index.height)
    there = asked.filter(pl.col("key") == index["key"].gather(asked["low"]))
    return there.with_columns(high=index["key"].search_sorted(there["key"], side="right"))


def _searched(index: pl.Series, keys: pl.Series) -> pl.Series:
    """Where each key is or would be, the first of those that are alike; many keys by two threads."""

    def search(some: pl.Series) -> pl.Series:
        return index.search_sorted(some, side="left")

    if keys.len() <= _TOGETHER:
        return search(keys)
    half = keys.len() // 2
    with ThreadPoolExecutor(2) as both:
        return pl.concat(list(both.map(search, (keys[:half], keys[half:]))))


def _rows(index: pl.DataFrame, spans: pl.DataFrame) -> pl.Series:
    at = spans.select(pl.int_ranges("low", "high").explode(empty_as_null=False)).to_series()
    return index["row"].gather(at).sort()


def _ends(file: pq.ParquetFile) -> pl.Series:
    """The row number after the last row of each row group."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    return pl.Series(sizes, dtype=pl.Int64()).cum_sum()


def touches_most(segment: Path, rows: pl.Series) -> bool:
    """Whether the rows lie in so many row groups that a scan of the whole segment is no dearer."""
    with pq.ParquetFile(segment, memory_map=True) as file:
        ends = _ends(file)
        touched = ends.search_sorted(rows.cast(pl.Int64()), side="right").n_unique()
    return touched * _MOST > ends.len()


def read_rows(segment: Path, rows: pl.Series, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows with the given numbers (ascending), frame after frame; only the row groups they lie in are read."""
    with pq.ParquetFile(segment, memory_map=True) as file:
        ends = _ends(file)
        starts = ends.shift(1, fill_value=0)
        numbers = rows.cast(pl.Int64())
        group = ends.search_sorted(numbers, side="right").cast(pl.Int64())
        placed = pl.DataFrame({"row": numbers, "group": group})
        touched = group.unique().sort()
        for start in range(0, touched.len(), _GROUPS):
            some = touched.slice(start, _GROUPS)
            sizes = ends.gather(some) - starts.gather(some)
            shift = starts.gather(some) - (sizes.cum_sum() - sizes)  # from a row's number to its place in what is read
            moved = placed.join(pl.DataFrame({"group": some, "shift": shift}), on="group", how="inner")
            frame = pl.DataFrame(pl.from_arrow(file.read_row_groups(some.to_list(), columns=list(columns))))
            yield frame[(moved["row"] - moved["shift"]).sort()]
