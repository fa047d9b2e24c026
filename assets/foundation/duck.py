"""The engine by default: one DuckDB in memory per settled day.

Holds: binding the parameters of a statement, keeping the named relations of a day, handing frames to Polars and back.
Never holds: arithmetic of any scheme, file formats of exports, knowledge of days or seals.
Neighbour: ``engine.py`` says what an engine does; ``spark.py`` does the same on a cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from assets.foundation.engine import Engine, quoted, statement
from assets.foundation.rows import whole

# What a full or faulty disk makes of a day's work: by files of its own, and by what the engine spills.
DISK_FAULTS = (OSError, duckdb.IOException)
_PART = 1 << 18  # rows of a table that are in Python's hands at a time
_SHORT = 1 << 16  # rows of a table up to which one statement is cheaper than several

# The types that columns of our tables have, as the engine and as Polars call them.
_POLARS: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(), "BIGINT": pl.Int64(), "INTEGER": pl.Int32(), "BOOLEAN": pl.Boolean(), "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
}  # fmt: skip

# Functions of the engine that Spark gets under the same names. 128-bit inside, so that no product wraps;
# only non-negative numbers are divided (rules.md section 1), so truncation and floor agree.
_MACROS = (
    "create macro mul_div(a, b, c) as cast((cast(a as hugeint) * cast(b as hugeint)) // cast(c as hugeint) as bigint)",
)

# Statements by path and the table that keeps their rows: as parsed they belong to no connection, so that days which
# follow one another parse each once.
_PARSED: dict[tuple[str, str], duckdb.Statement] = {}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _frames(relation: duckdb.DuckDBPyRelation) -> Iterator[pl.DataFrame]:
    for batch in relation.to_arrow_reader(_PART):
        yield pl.DataFrame(pl.from_arrow(batch))


def _in_groups(relation: duckdb.DuckDBPyRelation, led: Sequence[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of a relation sorted by ``led``, a frame for each of its combinations; without ``led`` as they come."""
    if not led:
        yield from ((0, frame) for frame in _frames(relation))
    elif frames := list(_frames(relation)):
        yield from enumerate(pl.concat(frames).partition_by(led, maintain_order=True))


def _parquet_source(path: Path, *, numbered: bool = False) -> str:
    """One Parquet file as a FROM source: its path is taken to the letter, not as a pattern, nor read for columns.

    ``numbered`` adds the column file_row_number, from 0.
    """
    literal = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    return f"read_parquet('{literal}', hive_partitioning = false{', file_row_number = true' if numbered else ''})"


class DuckEngine(Engine):
    """Named relations of one day over DuckDB."""

    def __init__(self, threads: int | None = None, spill: Path | None = None, memory: int | None = None) -> None:
        # Without a folder of its own nothing is spilled: rows of members never land in the working directory.
        # Rows have the order that a statement asks for and no other; to keep more of it costs time.
        config: dict[str, Any] = {"temp_directory": str(spill) if spill else "", "preserve_insertion_order": False}
        if threads:
            config["threads"] = threads
        if memory:
            config["memory_limit"] = f"{memory // 1_000_000}MB"
        self._db = duckdb.connect(":memory:", config=config)
        self._rows: dict[str, int] = {}  # of the tables that were made here: a day asks for many of them
        for macro in _MACROS:
            self._db.execute(macro)

    def close(self) -> None:
        self._db.close()

    def aside(self) -> DuckEngine:
        other = copy(self)
        other._db, other._rows = self._db.cursor(), {}
        return other

    def hold(self, name: str) -> None:
        self._db.begin()
        self._db.execute(f'select 1 from "{name}" limit 0')

    def run(self, path: str, /, *, into: str | None = None, **params: Any) -> str:
        name = into or path.rsplit("/", 1)[-1]
        bound = {key: params[key] for key in statement(path).params}
        try:
            self._made(name, self._db.execute(self._parsed(path, name), bound))
        except duckdb.Error as fault:
            fault.add_note(f"in sql/{path}.sql")
            raise
        return name

    def _made(self, name: str, said: duckdb.DuckDBPyConnection) -> None:
        """Remember how many rows a table has, which the engine says when it has made it."""
        ((self._rows[name],),) = said.fetchall()

    def _parsed(self, path: str, into: str) -> duckdb.Statement:
        if (path, into) not in _PARSED:
            text = f'create or replace table "{into}" as {statement(path).text}'
            (_PARSED[path, into],) = self._db.extract_statements(text)
        return _PARSED[path, into]

    def put(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        self._db.register("_incoming", frame)
        self.make(name, "select * from _incoming")
        self._db.unregister("_incoming")

    def append(self, name: str, frame: pl.DataFrame) -> None:
        self._db.register("_incoming", frame)
        self._rows.pop(name, None)
        self._db.execute(f'insert into "{name}" select * from _incoming')
        self._db.unregister("_incoming")

    def make(self, name: str, select: str) -> None:
        self._made(name, self._db.execute(f'create or replace table "{name}" as {select}'))

    def empty(self, name: str, columns: Mapping[str, str]) -> None:
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self._db.execute(f'create or replace table "{name}" ({typed})')
        self._rows[name] = 0

    def file(self, path: Path, *, numbered: bool = False) -> str:
        if path.suffix == ".arrow":
            # Named where it lies, without a copy of its rows.
            self._db.register(str(path), whole(path))
            return quoted(str(path))
        return _parquet_source(path, numbered=numbered)

    def view(self, name: str, select: str) -> None:
        self._db.execute(f'create or replace view "{name}" as {select}')

    def frame(self, name: str, order: str = "", columns: Iterable[str] = ()) -> pl.DataFrame:
        chosen = ", ".join(f'"{column}"' for column in columns) or "*"
        tail = f" order by {order}" if order else ""
        frame: pl.DataFrame = self._db.sql(f'select {chosen} from "{name}"{tail}').pl()
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
        whole = f'select {", ".join([*map(quoted, columns), *made])} from "{name}" order by '
        relation = self._db.sql(whole + ", ".join(map(quoted, [*led, *order])))
        kinds = zip(relation.columns, relation.types, strict=True)
        schema = pl.Schema({column: _POLARS[str(kind)] for column, kind in kinds})

        def parts() -> Iterator[tuple[int, pl.DataFrame]]:
            found = self._combinations(name, led)
            if sum(count for *_, count in found) <= _SHORT:
                yield from _in_groups(relation, led)
                return
            for number, (*values, _) in enumerate(found):
                same = dict(zip(led, values, strict=True))
                where = " and ".join(f"{quoted(column)} = {_text(value)}" for column, value in same.items())
                for part in _frames(self._db.sql(f'select {rest} from "{name}" where {where} order by {keys}')):
                    leading = (pl.lit(value).alias(column) for column, value in same.items())
                    yield number, part.with_columns(leading).select(schema.names())

        return schema, parts()

    def _combinations(self, name: str, led: Sequence[str]) -> list[tuple[Any, ...]]:
        """What values lead rows of a relation, in their order, each with how many rows they lead."""
        names = ", ".join(map(quoted, led))
        return self.query(f'select {names}, count(*) from "{name}" group by all order by {names}') if led else []

    def batches(
        self, name: str, order: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        made = [f'{expression} as "{column}"' for column, expression in more.items()]
        chosen, keys = ", ".join(map(quoted, columns)), ", ".join(map(quoted, order))
        schema = self._db.sql(f'select {chosen} from "{name}" limit 0').to_arrow_table().schema
        select = f'select {", ".join([chosen, *made])} from "{name}" order by {keys}'
        return schema, iter(self._db.sql(select).to_arrow_reader(_PART))

    def total(self, name: str, column: str) -> int:
        return int(self.query(f'select coalesce(sum("{column}"), 0) from "{name}"')[0][0])

    def select(self, text: str) -> pl.DataFrame:
        frame: pl.DataFrame = self._db.sql(text).pl()
        return frame

    def query(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(text, params).fetchall() if params else self._db.execute(text).fetchall()

    def count(self, name: str) -> int:
        if name in self._rows:
            return self._rows[name]
        return int(self.query(f'select count(*) from "{name}"')[0][0])

    def columns(self, name: str) -> tuple[str, ...]:
        return tuple(row[0] for row in self.query(f'select column_name from (describe "{name}")'))

    def drop(self, *names: str) -> None:
        for name in names:
            self._rows.pop(name, None)
        self._db.execute(";".join(f'drop table if exists "{name}"' for name in names))
