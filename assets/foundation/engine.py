"""The engine that runs the statements of ``sql/``: one DuckDB in memory per settled day.

Holds: loading a statement file with its header, binding its parameters, keeping the named relations of a day,
handing frames to Polars and back.
Never holds: arithmetic of any scheme, file formats of exports, knowledge of days or seals.
Neighbour: ``state.py`` names the sealed relations a statement may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

# What a full or faulty disk makes of a day's work: by files of its own, and by what the engine spills.
DISK_FAULTS = (OSError, duckdb.IOException)
_PART = 1 << 18  # rows of a table that are in Python's hands at a time
_SHORT = 1 << 16  # rows of a table up to which one statement is cheaper than several

# The types that columns of our tables have, as the engine and as Polars call them.
_POLARS: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(), "BIGINT": pl.Int64(), "INTEGER": pl.Int32(), "BOOLEAN": pl.Boolean(), "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
}  # fmt: skip

SQL_ROOT = Path(__file__).resolve().parents[2] / "sql"

# Functions of the engine that Spark gets under the same names. 128-bit inside, so that no product wraps;
# only non-negative numbers are divided (rules.md section 1), so truncation and floor agree.
_MACROS = (
    "create macro mul_div(a, b, c) as cast((cast(a as hugeint) * cast(b as hugeint)) // cast(c as hugeint) as bigint)",
)

# Statements by path and the table that keeps their rows: as parsed they belong to no connection, so that days which
# follow one another parse each once.
_PARSED: dict[tuple[str, str], duckdb.Statement] = {}

_HEADER = re.compile(r"^--\s*(grain|reads|params|returns):\s*(.*)$")
_CONTINUED = re.compile(r"^--\s{2,}(\S.*)$")


@dataclass(frozen=True)
class Statement:
    """One file of ``sql/``: its text and the four lines of its header."""

    name: str
    text: str
    grain: str
    reads: tuple[str, ...]
    params: tuple[str, ...]
    returns: tuple[str, ...]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip() and part.strip() != "-")


@cache
def statement(path: str) -> Statement:
    """Read ``sql/<path>.sql``; its header must name grain, reads, params and returns.

    Raises ValueError when a header line is missing: a statement without its contract is a defect of ours.
    """
    text = (SQL_ROOT / f"{path}.sql").read_text(encoding="utf-8")
    header: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if match := _HEADER.match(line):
            last = match[1]
            header[last] = match[2]
        elif last and (match := _CONTINUED.match(line)):
            header[last] += " " + match[1]
        elif not line.startswith("--"):
            break
    missing = {"grain", "reads", "params", "returns"} - header.keys()
    if missing:
        raise ValueError(f"sql/{path}.sql: header lacks {', '.join(sorted(missing))}")
    return Statement(
        path, text, header["grain"], _listed(header["reads"]), _listed(header["params"]), _listed(header["returns"])
    )


def _name(column: str) -> str:
    return f'"{column}"'


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


def parquet_source(path: Path, *, numbered: bool = False) -> str:
    """One Parquet file as a FROM source: its path is taken to the letter, not as a pattern, nor read for columns.

    ``numbered`` adds the column file_row_number, from 0.
    """
    literal = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    return f"read_parquet('{literal}', hive_partitioning = false{', file_row_number = true' if numbered else ''})"


class Engine:
    """Named relations of one day over DuckDB.

    ``run('queue/new_tickets', day=...)`` executes the statement and keeps its rows as table ``new_tickets``
    (the file's stem). Statements see relations by name and bound parameters only.
    """

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
        """Free the memory that it holds."""
        self._db.close()

    def aside(self) -> Engine:
        """Another way into the same relations, for another thread. What is laid there is seen there alone."""
        other = copy(self)
        other._db, other._rows = self._db.cursor(), {}
        return other

    def hold(self, name: str) -> None:
        """From now on this way sees relations as they are, whatever is dropped or made elsewhere meanwhile."""
        self._db.begin()
        self._db.execute(f'select 1 from "{name}" limit 0')

    def run(self, path: str, /, *, into: str | None = None, **params: Any) -> str:
        """Run ``sql/<path>.sql`` with the parameters that its header names; keep the rows as a table.

        ``params`` may hold more than the statement asks for (a day's whole rule version); returns the table's name.
        """
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

    def name(self, path: str) -> str:
        """Name what ``sql/<path>.sql`` returns without keeping its rows: it is read anew wherever it is named.

        For statements without parameters over relations that stay; returns the name.
        """
        st, name = statement(path), path.rsplit("/", 1)[-1]
        self.view(name, st.text)
        return name

    def put(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        """Keep a Polars frame or an Arrow table as a table."""
        self._db.register("_incoming", frame)
        self.make(name, "select * from _incoming")
        self._db.unregister("_incoming")

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add a frame's rows to a table that ``put`` made."""
        self._db.register("_incoming", frame)
        self._rows.pop(name, None)
        self._db.execute(f'insert into "{name}" select * from _incoming')
        self._db.unregister("_incoming")

    def exchange(self, name: str, rows: str, column: str, asked: str) -> None:
        """Put the rows of another table in the place of those whose ``column`` occurs in that of ``asked``."""
        others = f'select * from "{name}" where "{column}" not in (select "{column}" from "{asked}")'
        self.make(name, f'{others} union all select * from "{rows}"')

    def make(self, name: str, select: str) -> None:
        """Keep as a table what a look-up of the store finds."""
        self._made(name, self._db.execute(f'create or replace table "{name}" as {select}'))

    def lay(self, name: str, table: pa.Table) -> None:
        """Name an Arrow table where it lies, without a copy of its rows."""
        self._db.register(name, table)

    def view(self, name: str, select: str) -> None:
        """Name a relation that is defined by the store (Parquet files of sealed days), not by a rule."""
        self._db.execute(f'create or replace view "{name}" as {select}')

    def union(self, name: str, parts: Iterable[str]) -> None:
        """Name all rows of several relations of one shape."""
        self.view(name, " union all ".join(f'select * from "{part}"' for part in parts))

    def parquet(self, name: str, path: Path, columns: Iterable[str]) -> None:
        """Name columns of a sealed Parquet file."""
        self.view(name, f"select {', '.join(columns)} from {parquet_source(path)}")

    def empty(self, name: str, columns: Mapping[str, str]) -> None:
        """Keep a table without rows: column name to engine type."""
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self._db.execute(f'create or replace table "{name}" ({typed})')
        self._rows[name] = 0

    def frame(self, name: str, order: str = "", columns: Iterable[str] = ()) -> pl.DataFrame:
        """The rows of a relation as a Polars frame; give ``order`` (a comma list of columns) where order matters."""
        chosen = ", ".join(f'"{column}"' for column in columns) or "*"
        tail = f" order by {order}" if order else ""
        frame: pl.DataFrame = self._db.sql(f'select {chosen} from "{name}"{tail}').pl()
        return frame

    def parts(
        self,
        name: str,
        order: Sequence[str],
        columns: Sequence[str],
        more: Mapping[str, str] | None = None,
        *,
        led: Sequence[str] = (),
    ) -> tuple[pl.Schema, Iterator[tuple[int, pl.DataFrame]]]:
        """Columns of a relation as frames that follow one another, and their schema: in the order of ``led`` (text
        columns with few values, never null), then of ``order``. ``more`` maps further columns to what the engine
        makes of each row. Each frame comes with the number of its combination of ``led``, from 0.

        Run nothing else in this engine until the last one was taken: the rows come as they are asked for.
        """
        made = [f'{expression} as "{column}"' for column, expression in (more or {}).items()]
        # What leads is dear in a sort and the same in all rows of a combination, so in a long table each of these is
        # sorted on its own.
        rest = ", ".join([*(_name(column) for column in columns if column not in led), *made])
        keys = ", ".join(map(_name, order))
        whole = f'select {", ".join([*map(_name, columns), *made])} from "{name}" order by '
        relation = self._db.sql(whole + ", ".join(map(_name, [*led, *order])))
        kinds = zip(relation.columns, relation.types, strict=True)
        schema = pl.Schema({column: _POLARS[str(kind)] for column, kind in kinds})

        def parts() -> Iterator[tuple[int, pl.DataFrame]]:
            found = self._combinations(name, led)
            if sum(count for *_, count in found) <= _SHORT:
                yield from _in_groups(relation, led)
                return
            for number, (*values, _) in enumerate(found):
                same = dict(zip(led, values, strict=True))
                where = " and ".join(f"{_name(column)} = {_text(value)}" for column, value in same.items())
                for part in _frames(self._db.sql(f'select {rest} from "{name}" where {where} order by {keys}')):
                    leading = (pl.lit(value).alias(column) for column, value in same.items())
                    yield number, part.with_columns(leading).select(schema.names())

        return schema, parts()

    def _combinations(self, name: str, led: Sequence[str]) -> list[tuple[Any, ...]]:
        """What values lead rows of a relation, in their order, each with how many rows they lead."""
        names = ", ".join(map(_name, led))
        return self.query(f'select {names}, count(*) from "{name}" group by all order by {names}') if led else []

    def batches(
        self, name: str, order: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """As ``parts`` without ``led``, as the engine itself lays rows out, and the schema of ``columns`` alone."""
        made = [f'{expression} as "{column}"' for column, expression in more.items()]
        chosen, keys = ", ".join(map(_name, columns)), ", ".join(map(_name, order))
        schema = self._db.sql(f'select {chosen} from "{name}" limit 0').to_arrow_table().schema
        select = f'select {", ".join([chosen, *made])} from "{name}" order by {keys}'
        return schema, iter(self._db.sql(select).to_arrow_reader(_PART))

    def total(self, name: str, column: str) -> int:
        """Sum of an integer column; 0 without rows."""
        return int(self.query(f'select coalesce(sum("{column}"), 0) from "{name}"')[0][0])

    def select(self, text: str) -> pl.DataFrame:
        """Rows of a look-up that belongs to the store, as a frame."""
        frame: pl.DataFrame = self._db.sql(text).pl()
        return frame

    def query(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        """Rows of a small look-up that belongs to the store or to a test, never to a rule."""
        return self._db.execute(text, params).fetchall() if params else self._db.execute(text).fetchall()

    def count(self, name: str) -> int:
        """How many rows a relation has."""
        if name in self._rows:
            return self._rows[name]
        return int(self.query(f'select count(*) from "{name}"')[0][0])

    def columns(self, name: str) -> tuple[str, ...]:
        """The column names of a relation, in order."""
        return tuple(row[0] for row in self.query(f'select column_name from (describe "{name}")'))

    def drop(self, *names: str) -> None:
        """Forget tables that nothing later reads; a large day lives by it."""
        for name in names:
            self._rows.pop(name, None)
        self._db.execute(";".join(f'drop table if exists "{name}"' for name in names))
