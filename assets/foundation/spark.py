"""The engine for a cluster: named relations of one day as Spark sees them.

Holds: where the rows of a relation are (on the driver while they are few, on the cluster else), running carried
statements over them, handing them to Polars and Arrow in order.
Never holds: arithmetic of any scheme, words of one dialect or the other (``carrying.py``).
Neighbour: ``engine.py`` says what an engine does; ``cluster.py`` holds the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
from pyspark.errors import PySparkException

from assets.foundation.carrying import Carried, carry, is_empty, to_spark
from assets.foundation.cluster import Cluster, plain
from assets.foundation.engine import Engine, Kernel, quoted, statement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class _Rows:
    """Rows that do not change: on the driver, or on the cluster. Who holds them can read them, whatever becomes of
    the names that they had."""

    def __init__(
        self, cluster: Cluster, of: pa.Table | DataFrame, count: int | None, inputs: Iterable[_Rows] = ()
    ) -> None:
        self._cluster, self._of, self._count = cluster, of, count
        self._inputs = tuple(inputs)  # their views are named in the plan of rows that are not kept

    @property
    def near(self) -> bool:
        """Whether they are on the driver."""
        return isinstance(self._of, pa.Table)

    @property
    def most(self) -> int:
        """About how many rows these are."""
        return sum(one.most for one in self._inputs) if self._count is None else self._count

    @property
    def count(self) -> int:
        if self._count is None:
            self._cluster.plan(self.most)
            self._count = self.frame.count()
        return self._count

    @property
    def frame(self) -> DataFrame:
        return self._cluster.frame(self._of) if isinstance(self._of, pa.Table) else self._of

    @cached_property
    def view(self) -> str:
        """What statements call them in the session."""
        if isinstance(self._of, pa.Table) and not self._of.num_rows:
            return self._cluster.nothing(self._of.schema)
        return self._cluster.name(self, self.frame)

    @cached_property
    def schema(self) -> pa.Schema:
        return self._of.schema if isinstance(self._of, pa.Table) else self._cluster.schema(self._of)

    def table(self) -> pa.Table:
        """All of them on the driver."""
        return self._of if isinstance(self._of, pa.Table) else plain(self._of.toArrow())


class _View:
    """A select that is read anew wherever it is named, over relations as they are then."""

    def __init__(self, select: str) -> None:
        self.carried = carry(select)
        self.read: dict[str, _Rows] = {}
        self.rows: _Rows | None = None


class SparkEngine(Engine):
    """Named relations of one day over Spark.

    ``near``: rows up to which a relation stays on the driver, and a statement over so many in all runs in one task: a
    job of several costs more than it saves. What is few is kept as Arrow, with counts and shapes known. What is more is
    kept on the cluster, and its plan is cut there, so that plans do not grow. ``where``: how every node finds a file
    that the driver has at a path; None: not at all.
    """

    def __init__(self, cluster: Cluster, near: int, where: Callable[[Path], str | None] = str) -> None:
        self._cluster, self._near, self._where = cluster, near, where
        self._known: dict[str, _Rows | _View] = {}

    def close(self) -> None:
        self._known.clear()

    def aside(self) -> SparkEngine:
        other = copy(self)
        other._known = dict(self._known)
        return other

    def hold(self, name: str) -> None:
        """Rows do not change, and ``aside`` has its own names for them."""

    # --- making relations ---------------------------------------------------------------------------------------------

    def run(self, path: str, /, *, into: str | None = None, **params: Any) -> str:
        name = into or path.rsplit("/", 1)[-1]
        bound = {key: params[key] for key in statement(path).params}
        try:
            self._known[name] = self._made(carry(statement(path).text), bound)
        except (PySparkException, KeyError) as fault:
            fault.add_note(f"in sql/{path}.sql")
            raise
        return name

    def make(self, name: str, select: str) -> None:
        self._known[name] = self._made(carry(select), {})

    def put(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        self._known[name] = self._taken(_arrow(frame))

    def append(self, name: str, frame: pl.DataFrame) -> None:
        before, more = self._rows(name), self._taken(_arrow(frame))
        if before.near and more.near and before.count + more.count <= self._near:
            self._known[name] = self._taken(pa.concat_tables([before.table(), more.table()]))
            return
        both = before.frame.unionAll(more.frame)
        self._known[name] = _Rows(self._cluster, both, before.count + more.count, (before, more))

    def view(self, name: str, select: str) -> None:
        self._known[name] = _View(select)

    def empty(self, name: str, columns: Mapping[str, str]) -> None:
        kinds = {column: _ARROW[kind.lower()] for column, kind in columns.items()}
        self._known[name] = self._taken(pa.schema(kinds).empty_table())

    def file(self, path: Path, *, numbered: bool = False) -> str:
        name = f"{'/'.join(path.parts[-3:])}{' numbered' if numbered else ''}"
        found, count = self._cluster.file(path, self._where(path), numbered=numbered, near=self._near)
        self._known[name] = _Rows(self._cluster, found, count)
        return quoted(name)

    def drop(self, *names: str) -> None:
        for name in names:
            if not isinstance(self._known.get(name), _View):
                self._known.pop(name, None)

    def _taken(self, table: pa.Table) -> _Rows:
        """Rows that came from the driver."""
        few = table.num_rows <= self._near
        return _Rows(self._cluster, table if few else self._cluster.frame(table), table.num_rows)

    # --- reading them -------------------------------------------------------------------------------------------------

    def barren(self, name: str) -> bool:
        known = self._known.get(name)
        return isinstance(known, _Rows) and not known.most

    def frame(self, name: str, order: str = "", columns: Iterable[str] = ()) -> pl.DataFrame:
        rows, chosen = self._rows(name), list(columns)
        if not rows.near:
            tail = f" order by {order}" if order else ""
            return self.select(f'select {", ".join(map(quoted, chosen)) or "*"} from "{name}"{tail}')
        frame = _polars(rows.table())
        if order:
            frame = frame.sort(_keys(order, frame.columns), nulls_last=True)
        return frame.select(chosen) if chosen else frame

    def near(self, *names: str) -> bool:
        return all(self._rows(name).near for name in names)

    def meet(
        self, into: str, left: str, right: str, by: str, order: Sequence[str], made: Kernel, kinds: Mapping[str, Any]
    ) -> None:
        if self.near(left, right):
            super().meet(into, left, right, by, order, made, kinds)
            return
        one, other = self._rows(left), self._rows(right)
        self._cluster.plan(one.most + other.most)
        shape = _arrow(pl.DataFrame(schema=kinds)).schema
        self._known[into] = self._kept(self._cluster.meet(one.frame, other.frame, by, order, made, shape))

    def parts(
        self,
        name: str,
        order: Sequence[str],
        columns: Sequence[str],
        more: Mapping[str, str] | None = None,
        *,
        led: Sequence[str] = (),
    ) -> tuple[pl.Schema, Iterator[tuple[int, pl.DataFrame]]]:
        schema, batches = self._sorted(name, [*led, *order], columns, more or {})
        kinds = pl.Schema(_polars(schema.empty_table()).schema)
        return kinds, _grouped((_polars(pa.Table.from_batches([batch])) for batch in batches), led)

    def batches(
        self, name: str, order: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        schema, batches = self._sorted(name, order, columns, more)
        return pa.schema([schema.field(column) for column in columns]), batches

    def _sorted(
        self, name: str, keys: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Columns of a relation, and what is made of each row, in the order of ``keys``."""
        rows = self._rows(name)
        if rows.near:
            taken = self._more(name, rows, columns, more)
            table = taken.select([*columns, *more]).take(_places(taken, keys))
            return table.schema, iter(table.to_batches())
        made = [f'{expression} as "{column}"' for column, expression in more.items()]
        chosen, by = ", ".join([*map(quoted, columns), *made]), ", ".join(map(quoted, keys))
        whole = self._lazily(carry(f'select {chosen} from "{name}" order by {by}'), {})
        self._cluster.plan(rows.most)
        return whole.schema, self._cluster.stream(whole.frame, whole.schema)

    def _more(self, name: str, rows: _Rows, columns: Sequence[str], more: Mapping[str, str]) -> pa.Table:
        """All columns of rows on the driver, and what the engine makes of each."""
        if not more:
            return rows.table()
        made = ", ".join(f'{expression} as "{column}"' for column, expression in more.items())
        return self._made(carry(f'select *, {made} from "{name}"'), {}).table()

    def total(self, name: str, column: str) -> int:
        rows = self._rows(name)
        if rows.near:
            return int(_polars(rows.table().select([column]))[column].cast(pl.Int128).sum())
        return int(self.query(f'select coalesce(sum(cast("{column}" as decimal(38, 0))), 0) from "{name}"')[0][0])

    def select(self, text: str) -> pl.DataFrame:
        return _polars(self._made(carry(text), {}).table())

    def query(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        table = self._made(carry(text), params).table()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def count(self, name: str) -> int:
        return self._rows(name).count

    def columns(self, name: str) -> tuple[str, ...]:
        return tuple(self._rows(name).schema.names)

    # --- where the rows are -------------------------------------------------------------------------------------------

    def _rows(self, name: str) -> _Rows:
        """The rows that a name stands for now."""
        known = self._known[name]
        if isinstance(known, _Rows):
            return known
        read = {one: self._rows(one) for one in known.carried.reads}
        if known.rows is None or any(read[one] is not known.read.get(one) for one in read):
            known.read, known.rows = read, self._lazily(known.carried, read)
        return known.rows

    def _made(self, carried: Carried, params: Mapping[str, Any]) -> _Rows:
        """The rows that a statement returns now, kept."""
        read = {one: self._rows(one) for one in carried.reads}
        if rows := self._at_hand(carried, read, params):
            return rows
        return self._kept(self._planned(carried, read, params))

    def _kept(self, frame: DataFrame) -> _Rows:
        kept, count = self._cluster.keep(frame)
        if count <= self._near:
            return _Rows(self._cluster, plain(kept.toArrow()), count)
        return _Rows(self._cluster, kept, count)

    def _lazily(self, carried: Carried, read: Mapping[str, _Rows]) -> _Rows:
        """The same, but of many rows it is only said how they come about."""
        read = read or {one: self._rows(one) for one in carried.reads}
        if rows := self._at_hand(carried, read, {}):
            return rows
        return _Rows(self._cluster, self._planned(carried, read, {}), None, read.values())

    def _at_hand(self, carried: Carried, read: Mapping[str, _Rows], params: Mapping[str, Any]) -> _Rows | None:
        """The result of a statement over rows on the driver that are few in all."""
        if laid := self._laid(carried, read):
            return laid
        if not all(one.near for one in read.values()) or sum(one.most for one in read.values()) > self._near:
            return None
        shape = (
            carried.source,
            *((one, rows.schema) for one, rows in read.items()),
            *(type(params[one]) for one in carried.params),
        )
        known = self._cluster.shapes.get(shape)
        if known and is_empty(carried.source, frozenset(one for one, rows in read.items() if not rows.most)):
            return _Rows(self._cluster, known.empty_table(), 0)
        table = plain(self._planned(carried, read, params).toArrow())
        self._cluster.shapes[shape] = table.schema
        return _Rows(self._cluster, table, table.num_rows)

    def _laid(self, carried: Carried, read: Mapping[str, _Rows]) -> _Rows | None:
        """Of a statement that only lays relations one after the other: them, where nothing needs to be run for it."""
        if not carried.laid:
            return None
        if len(carried.laid) == 1 and not carried.laid[0][1]:
            return read[carried.laid[0][0]]
        if not all(one.near for one in read.values()):
            return None
        tables = [read[name].table().select(columns or read[name].schema.names) for name, columns in carried.laid]
        if any(table.schema != tables[0].schema for table in tables[1:]):
            return None
        whole = pa.concat_tables(tables)
        return self._taken(whole)

    def _planned(self, carried: Carried, read: Mapping[str, _Rows], params: Mapping[str, Any]) -> DataFrame:
        near = all(one.near for one in read.values())
        most = sum(one.most for one in read.values())
        self._cluster.plan(0 if near and most <= self._near else most)
        text = to_spark(carried.source, {name: rows.view for name, rows in read.items()})
        return self._cluster.session.sql(text, args={key: _bound(params[key]) for key in carried.params})


_ARROW = {
    "varchar": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "integer": pa.int32(), "boolean": pa.bool_(),
    "date": pa.date32(), "timestamp": pa.timestamp("us"),
}  # fmt: skip


def _bound(value: Any) -> Any:
    """A parameter as Spark takes it: times without a zone as text, which the statement casts."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


def _arrow(frame: pl.DataFrame | pa.Table) -> pa.Table:
    return plain(frame.to_arrow(compat_level=pl.CompatLevel.oldest()) if isinstance(frame, pl.DataFrame) else frame)


def _polars(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))


def _keys(order: str, names: Sequence[str]) -> list[str]:
    """The columns of an ``order by``: names, or places from 1."""
    keys = [key.strip().strip('"') for key in order.split(",")]
    return [names[int(key) - 1] if key.isdigit() else key for key in keys]


def _places(table: pa.Table, keys: Sequence[str]) -> pa.Array:
    """Where the rows lie, in the order of some columns."""
    frame = _polars(table.select(list(dict.fromkeys(keys)))).with_row_index("")
    return frame.sort(keys, nulls_last=True)[""].cast(pl.Int64).to_arrow()


def _grouped(frames: Iterable[pl.DataFrame], led: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Sorted rows with the number of their combination of ``led``."""
    number, before = -1, None
    for frame in frames:
        for group in frame.partition_by(led, maintain_order=True) if led else [frame]:
            values = group.select(led).row(0) if led and group.height else ()
            number += values != before
            before = values
            if group.height:
                yield number, group
