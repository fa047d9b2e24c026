"""Segments: the immutable files of a state table, the indexes beside them, and which row of a key is the newest.

Holds: what a table and a segment are, writing a segment of either layout.
Never holds: which segments there are and when they are merged (``state.py``), which tables (``assets/tables.py``).
Neighbour: ``files.py`` writes what is read as a whole, ``rows.py`` what is read row by row, ``index.py`` finds rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from assets.foundation.engine import Engine
from assets.foundation.files import Table, write_parts
from assets.foundation.index import KEY_OF, index_path, write_index
from assets.foundation.rows import write_rows

_KEY = "_key_"
_ROW_GROUP = 1 << 15  # a look-up reads whole row groups, so those of the state are small


@dataclass(frozen=True)
class StateTable:
    """A keyed table of the state.

    ``columns`` maps names to engine types; ``live`` is a condition on a row that a later day can still need, with
    ``{day}`` for the day being settled (a row that fails it is left out when all segments are merged into one).
    A ``fixed`` table's rows never change once written, so that reading it needs no search for the newest.
    ``indexes`` are the names by which rows are looked up, each a text column or an expression over columns that makes
    a text (the same in every row of a key);
    ``since`` the date by which rows lie together in a segment, so that what is young is found in few places, and
    ``along`` a number by which they lie within it, that in which a day makes them (the key decides where both agree).
    Of a table ``by_row`` single rows are looked up all over its history: it is kept uncompressed, so that each is read
    by itself.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    live: str = ""
    fixed: bool = False
    indexes: Mapping[str, str] = field(default_factory=dict)
    since: str = ""
    along: str = ""
    by_row: bool = False

    @property
    def file(self) -> str:
        """What a segment of the table is called."""
        return f"{self.name}.{'arrow' if self.by_row else 'parquet'}"

    @property
    def order(self) -> tuple[str, ...]:
        """The columns by which rows lie in a segment."""
        return tuple(column for column in (self.since, self.along, *self.key) if column)


@dataclass(frozen=True)
class Segment:
    """One immutable file of a state table, path relative to the home."""

    file: str
    rows: int
    sha256: str
    indexes: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the manifest keeps it: ``indexes`` maps an index to the sha256 of its index file."""
        plain = {"file": self.file, "rows": self.rows, "sha256": self.sha256}
        return {**plain, "indexes": dict(self.indexes)} if self.indexes else plain


def sealed_files(state: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Every file of a manifest's ``state`` block, indexes too: path relative to the home and sha256."""
    for segments in state.values():
        for segment in segments:
            yield str(segment["file"]), str(segment["sha256"])
            for column, digest in segment.get("indexes", {}).items():
                yield index_path(Path(segment["file"]), column).as_posix(), digest


def select_newest(table: StateTable, sources: list[str], names: Sequence[str] = ()) -> str:
    """The newest row of every key over ``sources``, oldest first; all columns or those named."""
    columns = ", ".join(f'"{column}"' for column in names or table.columns)
    if len(sources) == 1 or table.fixed:
        return " union all ".join(f"select {columns} from {source}" for source in sources)
    keys = ", ".join(f'"{column}"' for column in table.key)
    same = " and ".join(f'newer."{column}" = older."{column}"' for column in table.key)
    parts = []
    for age, source in enumerate(sources):
        newer = " union all ".join(f"select {keys} from {one}" for one in sources[age + 1 :])
        hidden = f" where not exists (select 1 from ({newer}) as newer where {same})" if newer else ""
        # Segments fall off in size, so the keys to look among are few beside the rows that are looked up.
        parts.append(f"select {columns} from {source} as older{hidden}")
    return " union all ".join(parts)


def _keys(table: StateTable) -> dict[str, str]:
    """What the engine makes of a row for every index of the table."""
    return {f"{_KEY}{index}": KEY_OF.format(text=text) for index, text in table.indexes.items()}


def _without_keys(
    parts: Iterator[tuple[int, pl.DataFrame]], found: dict[str, list[pl.Series]]
) -> Iterator[pl.DataFrame]:
    """The parts without their key columns, which are collected on the way."""
    for _, part in parts:
        for key, series in found.items():
            series.append(part[key])
        yield part.drop(list(found))


_Wrote = tuple[Table, dict[str, pl.Series]]  # and the keys of every index in the order of the rows


def _table_written(engine: Engine, relation: str, table: StateTable, path: Path) -> _Wrote:
    """Write rows that are read as a whole."""
    keys = _keys(table)
    schema, parts = engine.parts(relation, table.order, tuple(table.columns), keys)
    found: dict[str, list[pl.Series]] = {key: [] for key in keys}
    plain = pl.Schema({column: kind for column, kind in schema.items() if column not in keys})
    written = write_parts(_without_keys(parts, found), plain, path, content=False, row_group=_ROW_GROUP)
    return written, {key.removeprefix(_KEY): pl.concat(series) for key, series in found.items()}


def _rows_written(engine: Engine, relation: str, table: StateTable, path: Path) -> _Wrote:
    """Write rows that are read one by one."""
    keys = _keys(table)
    schema, batches = engine.batches(relation, table.order, tuple(table.columns), keys)
    found: dict[str, list[pa.Array]] = {key: [] for key in keys}

    def plain() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for key, arrays in found.items():
                arrays.append(batch.column(key))
            yield batch.select(schema.names)

    written = write_rows(plain(), schema, path)
    return written, {
        key.removeprefix(_KEY): pl.Series(pl.from_arrow(pa.chunked_array(arrays))) for key, arrays in found.items()
    }


def write_segment(engine: Engine, relation: str, table: StateTable, path: Path) -> Segment:
    """Write the rows of a relation as a segment in the order of its table, with its indexes.

    Takes the rows as they come from the engine, so nothing else may run in it meanwhile.
    """
    written, keys = (_rows_written if table.by_row else _table_written)(engine, relation, table, path)
    indexes = {index: write_index(keys[index], index_path(path, index)) for index in table.indexes}
    day, state = path.parent.parent.name, path.parent.name
    return Segment(f"settlements/{day}/{state}/{path.name}", written.rows, written.sha256, indexes)
