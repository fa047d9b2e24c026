"""Writing tables so that the same rows give the same bytes, and hashing what they say.

Holds: the Parquet writer's fixed settings and the canonical text of a table, for a frame or for a stream of parts.
Never holds: which tables there are.
Neighbour: ``day.py`` and ``segments.py`` write through it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from assets.foundation.store import sha256_file

ROW_GROUP = 1 << 17
_SLICE = 1 << 18
_SMALL = 1 << 16  # rows of a table that is written at once
_AHEAD = 2  # parts that wait for their hash while the next ones are made: bounds the memory of a long table


@dataclass(frozen=True)
class Table:
    """A table as it was written: sha256 of the file, rows, and sha256 of its canonical text ("" if not asked for)."""

    sha256: str
    rows: int
    content_sha256: str = ""


def write_parquet(frame: pl.DataFrame, path: Path, row_group: int = ROW_GROUP) -> str:
    """Write ``frame`` in the order it has (zstd, fixed row groups); returns the file's sha256.

    Raises OSError when the disk does not take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _disk_faults(path):
        # The layout of a frame's chunks follows the number of threads; one chunk makes the bytes independent of it.
        frame.rechunk().write_parquet(path, compression="zstd", compression_level=1, row_group_size=row_group)
    return sha256_file(path)


def write_parts(
    parts: Iterator[pl.DataFrame], schema: pl.Schema, path: Path, *, content: bool, row_group: int = ROW_GROUP
) -> Table:
    """Write a table that comes in parts, in the order they come, holding few of them at a time.

    The bytes are those that ``write_parquet`` gives for the whole table, whatever the size of the parts. With
    ``content`` the canonical text is hashed on the way.
    """
    canonical = _Canonical(schema) if content else None
    first: list[pl.DataFrame] = []
    rows = 0
    for part in parts:
        first.append(part)
        rows += part.height
        if rows > _SMALL:
            break
    else:  # most tables of most days: no stream is set up for them
        whole = pl.concat([pl.DataFrame(schema=schema), *first])
        if canonical:
            canonical.take(whole)
        return Table(write_parquet(whole, path, row_group), rows, canonical.hexdigest() if canonical else "")
    rows = _sink(chain(first, parts), schema, path, canonical, row_group)
    return Table(sha256_file(path), rows, canonical.hexdigest() if canonical else "")


def _sink(
    parts: Iterator[pl.DataFrame], schema: pl.Schema, path: Path, canonical: _Canonical | None, row_group: int
) -> int:
    rows = 0

    def source(*_: object) -> Iterator[pl.DataFrame]:  # asked for no columns, rows or filter: it is all written
        nonlocal rows
        waiting: list[Future[None]] = []
        with ThreadPoolExecutor(1) as hasher:  # one: the digest takes the parts in their order
            for part in parts:
                rows += part.height
                if canonical:
                    waiting.append(hasher.submit(canonical.take, part))
                yield part
                while len(waiting) > _AHEAD:
                    waiting.pop(0).result()
            for one in waiting:
                one.result()

    path.parent.mkdir(parents=True, exist_ok=True)
    with _disk_faults(path):
        register_io_source(source, schema=schema).sink_parquet(
            path, compression="zstd", compression_level=1, row_group_size=row_group
        )
    return rows


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    """Raise OSError where a disk does not take a Parquet file: Polars calls that an error of computing."""
    try:
        yield
    except pl.exceptions.ComputeError as fault:
        _, said, reason = str(fault).partition("underlying IO error: ")
        if not said:
            raise
        raise OSError(f"{reason}: {path}") from fault


class _Canonical:
    """The digest of a table's canonical text, fed in parts."""

    def __init__(self, schema: pl.Schema) -> None:
        self._digest = hashlib.sha256(("\x1f".join(schema.names()) + "\n").encode("utf-8"))

    def take(self, frame: pl.DataFrame) -> None:
        for part in frame.iter_slices(_SLICE):
            text = BytesIO()
            part.write_csv(
                text,
                include_header=False,
                separator="\x1f",
                quote_style="never",
                datetime_format="%Y-%m-%dT%H:%M:%S%.6f",
            )
            self._digest.update(text.getbuffer())

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def content_sha256(frame: pl.DataFrame) -> str:
    """sha256 over a table's rows in canonical text: it outlives a change of Parquet writers.

    A header line of column names, then a line a row: fields parted by U+001F, integers in decimal, dates and times
    in ISO 8601, booleans as true and false, nothing quoted; each line ends with LF.
    """
    canonical = _Canonical(frame.schema)
    canonical.take(frame)
    return canonical.hexdigest()
