"""The engine by default: one DuckDB in memory per settled day.

Holds: binding the parameters of a statement, keeping the named relations of a day, handing frames to Polars and back.
Never holds: arithmetic of any scheme, file formats of exports, knowledge of days or seals.
Neighbour: ``engine.py`` says what an engine does; ``spark.py`` does the same on a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from assets.foundation.engine import Engine, quoted, statement
from assets.foundation.rows import mapped

# What a full or faulty disk makes of a day's work: by files of its own, and by what the engine spills.
DISK_FAULTS = (OSError, duckdb.IOException)
_PART = 1 << 18  # rows of a table that are in Python's hands at a time
_SHORT = 1 << 16  # rows of a table up to which one statement is cheaper than several

# The types that columns of our tables have, as the engine and as Polars call them.
_POLARS: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(), "BIGINT": pl.Int64(), "INTEGER": pl.Int32(), "BOOLEAN": pl.Boolean(), "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
}  # fmt: skip

_ENGINE = {kind: name for name, kind in _POLARS.items()}

# A function of the engine that Spark gets under the same name. 128-bit inside, so that no product wraps; only
# non-negative numbers are divided (rules.md section 1), so truncation and floor agree.
_MUL_DIV = "cast((cast(a as hugeint) * cast(b as hugeint)) // cast(c as hugeint) as bigint)"
# The same for many rows: 64 bits, which take a twentieth of the time, where the factors leave room for the product, as
# fen and a rate or two amounts nearly always do. For few rows to plan it takes longer than it saves.
_MUL_DIV_OF_MANY = f"""
    case
        when
            (
                a between 0 and 3037000499 and b between 0 and 3037000499
                or a between 0 and 922337203685477 and b between 0 and 10000
            )
            and c between 1 and 9223372036854775807
        then cast(a as bigint) * cast(b as bigint) // cast(c as bigint)
        else {_MUL_DIV}
    end
"""

# Statements by their text: as parsed they belong to no connection, so that days which follow one another parse each
# once. Some name files of a day, so their number is bounded.
_PARSED: dict[str, duckdb.Statement] = {}
_MOST_PARSED = 4096
_BY_VALUE = 256  # rows that are handed over sooner as values than as vectors

# What of the optimizer a small day keeps: reading no more than is asked for. With few rows every plan is a good one,
# and to look for a better takes longer than to run it.
_KEPT = (
    "filter_pullup", "filter_pushdown", "in_clause", "deliminator", "unused_columns", "column_lifetime",
    "limit_pushdown", "top_n", "build_side_probe_side", "materialized_cte", "cte_inlining", "extension",
)  # fmt: skip


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _frames(relation: duckdb.DuckDBPyRelation) -> Iterator[pl.DataFrame]:
    for batch in relation.to_arrow_reader(_PART):
        yield pl.DataFrame(pl.from_arrow(batch))


def _in_groups(frames: Iterable[pl.DataFrame], led: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Sorted rows, a frame for each combination of ``led``; without ``led`` as they come."""
    if not led:
        yield from ((0, frame) for frame in frames if frame.height)
    elif some := [frame for frame in frames if frame.height]:
        yield from enumerate(pl.concat(some).partition_by(led, maintain_order=True))


def _left_out(db: duckdb.DuckDBPyConnection) -> str:
    """The parts of the optimizer that a small day does without."""
    return ",".join(
        name for (name,) in db.execute("select name from duckdb_optimizers()").fetchall() if name not in _KEPT
    )


def _parquet_source(path: Path, *, numbered: bool = False) -> str:
    """One Parquet file as a FROM source: its path is taken to the letter, not as a pattern, nor read for columns.

    ``numbered`` adds the column file_row_number, from 0.
    """
    literal = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    return f"read_parquet('{literal}', hive_partitioning = false{', file_row_number = true' if numbered else ''})"


class DuckEngine(Engine):
    """Named relations of one day over DuckDB.

    ``small``: the day has few rows: one thread, and statements run as they are written. ``shapes`` may be shared by the
    engines of days that follow one another: what columns the statements return that were not worth running.
    """

    def __init__(
        self,
        threads: int | None = None,
        spill: Path | None = None,
        memory: int | None = None,
        small: bool = False,
        shapes: dict[str, dict[str, str]] | None = None,
    ) -> None:
        # Without a folder of its own nothing is spilled: rows of members never land in the working directory.
        # Rows have the order that a statement asks for and no other; to keep more of it costs time.
        config: dict[str, Any] = {
            "temp_directory": str(spill) if spill else "",
            "preserve_insertion_order": False,
            # Nothing of memory is written down: a checkpoint would only go over all rows once more.
            "checkpoint_threshold": "1000TB",
        }
        if threads or small:
            config["threads"] = threads or 1
        if memory:
            config["memory_limit"] = f"{memory // 1_000_000}MB"
        self._db = duckdb.connect(":memory:", config=config)
        self._rows: dict[str, int] = {}  # of the tables that were made here: a day asks for many of them
        self._needs: dict[str, tuple[tuple[str, ...], ...]] = {}  # of views, as statements have them
        self._once: dict[str, str] = {}  # selects that are read in one place: a view of each takes longer
        self._small = small
        self._read: list[Callable[[], None]] = []
        self._shapes = {} if shapes is None else shapes
        self._db.execute(f"create macro mul_div(a, b, c) as {_MUL_DIV if small else _MUL_DIV_OF_MANY}")
        if small:
            self._db.execute(f"set disabled_optimizers = '{_left_out(self._db)}'")

    def close(self) -> None:
        self._db.close()

    def aside(self) -> DuckEngine:
        other = copy(self)
        other._db, other._rows, other._needs, other._once = self._db.cursor(), {}, {}, {}
        return other

    def hold(self, name: str) -> None:
        self._db.begin()
        self._db.execute(f"select 1 from {self._source(name)} limit 0")

    def rest(self) -> None:
        for let_go in self._read:
            let_go()

    def run(self, path: str, /, *, into: str | None = None, **params: Any) -> str:
        name = into or path.rsplit("/", 1)[-1]
        told = statement(path)
        barren = self._lacks(told.needs)
        if barren and path in self._shapes:
            self.empty(name, self._shapes[path])
            return name
        bound = {key: params[key] for key in told.params}
        try:
            self._made(name, self._db.execute(self._parsed(f'create or replace table "{name}" as {told.text}'), bound))
        except duckdb.Error as fault:
            fault.add_note(f"in sql/{path}.sql")
            raise
        if barren:
            self._shapes[path] = self._shape(name)
        return name

    def _made(self, name: str, said: duckdb.DuckDBPyConnection) -> None:
        """Remember how many rows a table has, which the engine says when it has made it."""
        ((self._rows[name],),) = said.fetchall()

    def _parsed(self, text: str) -> duckdb.Statement:
        found = _PARSED.get(text)
        if found is None:
            if len(_PARSED) >= _MOST_PARSED:
                _PARSED.clear()
            (found,) = self._db.extract_statements(text)
            _PARSED[text] = found
        return found

    def _values(self, text: str, rows: int | None) -> pl.DataFrame | None:
        """What a select returns, if it is little; ``rows``: how many there are, where that is known."""
        if (rows is None and not self._small) or (rows or 0) > _BY_VALUE:
            return None
        said = self._db.execute(self._parsed(text))
        kinds = {name: _POLARS.get(str(kind)) for name, kind, *_ in said.description}
        found = said.fetchmany(_BY_VALUE + 1)
        said.abort()  # of the rest, if there is one
        if len(found) > _BY_VALUE or None in kinds.values():
            return None
        return pl.DataFrame(found, schema=kinds, orient="row")

    def _shape(self, name: str) -> dict[str, str]:
        """The columns of a relation with their engine types."""
        return dict(self.query(f'select column_name, column_type from (describe "{name}")'))

    def put(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        if isinstance(frame, pl.DataFrame) and frame.is_empty() and set(frame.dtypes) <= _ENGINE.keys():
            self.empty(name, {column: _ENGINE[kind] for column, kind in frame.schema.items()})
            return
        self._db.register("_incoming", frame)
        self.make(name, "select * from _incoming")
        self._db.unregister("_incoming")

    def append(self, name: str, frame: pl.DataFrame) -> None:
        self._db.register("_incoming", frame)
        self._rows.pop(name, None)
        self._db.execute(f'insert into "{name}" select * from _incoming')
        self._db.unregister("_incoming")

    def make(self, name: str, select: str) -> None:
        self._made(name, self._db.execute(self._parsed(f'create or replace table "{name}" as {select}')))

    def empty(self, name: str, columns: Mapping[str, str]) -> None:
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self._db.execute(self._parsed(f'create or replace table "{name}" ({typed})'))
        self._rows[name] = 0

    def file(self, path: Path, *, numbered: bool = False) -> str:
        if path.suffix == ".arrow":
            # Named where it lies, without a copy of its rows.
            table, let_go = mapped(path)
            self._db.register(str(path), table)
            self._read.append(let_go)
            return quoted(str(path))
        return _parquet_source(path, numbered=numbered)

    def view(self, name: str, select: str) -> None:
        self._db.execute(self._parsed(f'create or replace view "{name}" as {select}'))

    def once(self, name: str, select: str) -> None:
        self._once[name] = f"({select})"

    def _source(self, name: str) -> str:
        return self._once.get(name) or quoted(name)

    def name(self, path: str) -> str:
        name = super().name(path)
        self._needs[name] = statement(path).needs
        return name

    def union(self, name: str, parts: Iterable[str]) -> None:
        laid = tuple(parts)
        super().union(name, laid)
        self._needs[name] = (laid,)

    def barren(self, name: str) -> bool:
        return self._rows.get(name) == 0 or self._lacks(self._needs.get(name, ()))

    def _lacks(self, needs: Iterable[Iterable[str]]) -> bool:
        """Whether there is a group of relations none of which has rows."""
        return any(all(map(self.barren, group)) for group in needs)

    def frame(self, name: str, order: str = "", columns: Iterable[str] = ()) -> pl.DataFrame:
        chosen = ", ".join(f'"{column}"' for column in columns) or "*"
        tail = f" order by {order}" if order else ""
        text = f'select {chosen} from "{name}"{tail}'
        if (few := self._values(text, self._rows.get(name))) is not None:
            return few
        frame: pl.DataFrame = self._db.sql(text).pl()
        return frame

    def near(self, *names: str) -> bool:
        return True

    def parts(
        self,
        name: str,
        order: Sequence[str],
        columns: Sequence[str],
        more: Mapping[str, str] | None = None,
        *,
        led: Sequence[str] = (),
    ) -> tuple[pl.Schema, Iterator[tuple[int, pl.DataFrame]]]:
        made = [f'{expression} as "{column}"' for column, expression in (more or {}).items()]
        # What leads is dear in a sort and the same in all rows of a combination, so in a long table each of these is
        # sorted on its own.
        rest = ", ".join([*(quoted(column) for column in columns if column not in led), *made])
        keys = ", ".join(map(quoted, order))
        source = self._source(name)
        whole = f"select {', '.join([*map(quoted, columns), *made])} from {source} order by "
        whole += ", ".join(map(quoted, [*led, *order]))
        if (few := self._values(whole, self._rows.get(name))) is not None:
            return few.schema, _in_groups([few], led)
        relation = self._db.sql(whole)
        kinds = zip(relation.columns, relation.types, strict=True)
        schema = pl.Schema({column: _POLARS[str(kind)] for column, kind in kinds})

        def parts() -> Iterator[tuple[int, pl.DataFrame]]:
            found = self._combinations(source, led)
            if sum(count for *_, count in found) <= _SHORT:
                yield from _in_groups(_frames(relation), led)
                return
            for number, (*values, _) in enumerate(found):
                same = dict(zip(led, values, strict=True))
                where = " and ".join(f"{quoted(column)} = {_text(value)}" for column, value in same.items())
                for part in _frames(self._db.sql(f"select {rest} from {source} where {where} order by {keys}")):
                    leading = (pl.lit(value).alias(column) for column, value in same.items())
                    yield number, part.with_columns(leading).select(schema.names())

        return schema, parts()

    def _combinations(self, source: str, led: Sequence[str]) -> list[tuple[Any, ...]]:
        """What values lead rows of a relation, in their order, each with how many rows they lead."""
        names = ", ".join(map(quoted, led))
        return self.query(f"select {names}, count(*) from {source} group by all order by {names}") if led else []

    def batches(
        self, name: str, order: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        made = [f'{expression} as "{column}"' for column, expression in more.items()]
        chosen, keys = ", ".join(map(quoted, columns)), ", ".join(map(quoted, order))
        select = f"select {', '.join([chosen, *made])} from {self._source(name)} order by {keys}"
        reader = self._db.sql(select).to_arrow_reader(_PART)
        return pa.schema([reader.schema.field(column) for column in columns]), iter(reader)

    def total(self, name: str, column: str) -> int:
        return int(self.query(f'select coalesce(sum("{column}"), 0) from "{name}"')[0][0])

    def select(self, text: str) -> pl.DataFrame:
        if (few := self._values(text, None)) is not None:
            return few
        frame: pl.DataFrame = self._db.sql(text).pl()
        return frame

    def query(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(self._parsed(text), params or None).fetchall()

    def count(self, name: str) -> int:
        if name in self._rows:
            return self._rows[name]
        return int(self.query(f'select count(*) from "{name}"')[0][0])

    def columns(self, name: str) -> tuple[str, ...]:
        return tuple(self._shape(name))

    def drop(self, *names: str) -> None:
        for name in names:
            self._rows.pop(name, None)
        self._db.execute(";".join(f'drop table if exists "{name}"' for name in names))
