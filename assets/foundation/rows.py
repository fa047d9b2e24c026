"""Tables of which single rows are read: uncompressed Arrow files, mapped into memory.

A row of a compressed file costs the block that it lies in, so that a thousand old orders cost all orders there are.
Here it costs itself, wherever it lies; the price is disk.

Holds: writing such a table so that the same rows give the same bytes, naming it whole, taking rows by their numbers.
Never holds: which rows are wanted (``index.py``), which tables there are.
Neighbour: ``files.py`` writes what is read as a whole; ``tables.py`` says which of the two a table is.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from assets.foundation.files import Table
from assets.foundation.store import sha256_file

# Rows of a record batch: all but a file's last have as many, so that a row's number tells its batch. The engine hands
# out what it has sorted in batches of this size, so that they are written as they come.
_BATCH = 60 * 2048
_HELD = 8  # batches of which rows are taken until what was read of them is let go


def write_rows(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> Table:
    """Write a table that comes in batches of any size, in the order they come.

    The bytes follow the rows alone. Raises ValueError for a text that is null.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as file:
        for batch in _even(batches, schema):
            file.write_batch(pa.record_batch([_plain(column) for column in batch.columns], schema=schema))
            rows += batch.num_rows
    return Table(sha256_file(path), rows)


def _even(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of ``_BATCH`` and a last one with the rest."""
    waiting = pa.Table.from_batches([], schema)
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch], schema)])
        while waiting.num_rows >= _BATCH:
            yield from waiting.slice(0, _BATCH).combine_chunks().to_batches()
            waiting = waiting.slice(_BATCH)
    yield from waiting.combine_chunks().to_batches()


def _plain(column: pa.Array) -> pa.Array:
    """The column with nothing in its memory but its rows."""
    if pa.types.is_string(column.type):
        return _texts(column)
    if not column.null_count:
        return column
    # Under a null lies what the engine's memory held.
    filled = pc.fill_null(column, pa.scalar(0, column.type))
    known = pc.invert(pc.is_null(column))  # both made anew, so that neither is a slice of what came
    return pa.Array.from_buffers(column.type, len(column), [known.buffers()[1], filled.buffers()[1]])


def _texts(column: pa.Array) -> pa.Array:
    """A slice of texts would be written with the texts around it."""
    if column.null_count:
        raise ValueError("a text of the state is null")
    if column.offset:
        column = column.take(pl.int_range(len(column), dtype=pl.Int64(), eager=True).to_arrow())
    _, starts, texts = column.buffers()
    end = pa.Array.from_buffers(pa.int32(), 1, [None, starts], offset=len(column))[0].as_py()
    kept = texts.slice(0, end) if end else pa.py_buffer(b"")
    return pa.Array.from_buffers(column.type, len(column), [None, starts.slice(0, 4 * (len(column) + 1)), kept])


def mapped(path: Path) -> tuple[pa.Table, Callable[[], None]]:
    """The table in the file, of which only what is touched is read from disk; and what lets go of the memory that
    holds what was: where it is wanted again, it is read again."""
    file, pages = _opened(path)
    return file.read_all(), partial(_let_go, pages)


def whole(path: Path) -> pa.Table:
    """The table in the file, as ``mapped``."""
    return mapped(path)[0]


def _opened(path: Path) -> tuple[pa.ipc.RecordBatchFileReader, mmap.mmap]:
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(pages))), pages


def _let_go(pages: mmap.mmap) -> None:
    """Pages of a file that were touched count as memory of the process, and its look-ups touch most of a large one."""
    pages.madvise(mmap.MADV_DONTNEED)


def take_rows(path: Path, rows: pl.Series, columns: Sequence[str]) -> pa.Table:
    """Columns of the rows with the given numbers (ascending, from 0), in memory of their own."""
    file, pages = _opened(path)
    schema = pa.schema([file.schema.field(column) for column in columns])
    size = file.get_batch(0).num_rows if rows.len() else 1  # of every batch but the last
    taken, start = [], 0
    for run in (rows // size).rle().to_list():
        number, count = run["value"], run["len"]
        places = (rows.slice(start, count) - number * size).to_arrow()
        taken.append(file.get_batch(number).select(list(columns)).take(places))
        start += count
        if not len(taken) % _HELD:
            _let_go(pages)
    return pa.Table.from_batches(taken, schema)
