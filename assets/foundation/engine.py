"""What runs the statements of ``sql/``: named relations of one settled day, on whichever engine.

Holds: loading a statement file with its header, what an engine does for the stages above it.
Never holds: how an engine does it, arithmetic of any scheme, file formats of exports, knowledge of days or seals.
Neighbour: ``duck.py`` is the engine by default, ``spark.py`` the one for a cluster; ``state.py`` names the sealed
relations a statement may read.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

# Of two frames one: a loop that set-based SQL cannot carry.
Kernel = Callable[["pl.DataFrame", "pl.DataFrame"], "pl.DataFrame"]

SQL_ROOT = Path(__file__).resolve().parents[2] / "sql"

_HEADER = re.compile(r"^--\s*(grain|reads|needs|params|returns):\s*(.*)$")
_CONTINUED = re.compile(r"^--\s{2,}(\S.*)$")


@dataclass(frozen=True)
class Statement:
    """One file of ``sql/``: its text and the lines of its header.

    ``needs``: groups of relations; where none of a group has rows, the statement returns none.
    """

    name: str
    text: str
    grain: str
    reads: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    params: tuple[str, ...]
    returns: tuple[str, ...]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip() and part.strip() != "-")


@cache
def statement(path: str) -> Statement:
    """Read ``sql/<path>.sql``; its header must name grain, reads, needs, params and returns.

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
    missing = {"grain", "reads", "needs", "params", "returns"} - header.keys()
    if missing:
        raise ValueError(f"sql/{path}.sql: header lacks {', '.join(sorted(missing))}")
    needs = tuple(tuple(one.strip() for one in group.split("|")) for group in _listed(header["needs"]))
    listed = (_listed(header[line]) for line in ("params", "returns"))
    return Statement(path, text, header["grain"], _listed(header["reads"]), needs, *listed)


def quoted(name: str) -> str:
    """A name as statements write it."""
    return f'"{name}"'


class Engine(ABC):
    """Named relations of one day.

    ``run('queue/new_tickets', day=...)`` executes the statement and keeps its rows as table ``new_tickets``
    (the file's stem). Statements see relations by name and bound parameters only. What is text here is DuckDB's SQL,
    whatever the engine.
    """

    @abstractmethod
    def close(self) -> None:
        """Free the memory that it holds."""

    @abstractmethod
    def aside(self) -> Engine:
        """Another way into the same relations, for another thread. What is laid there is seen there alone."""

    @abstractmethod
    def hold(self, name: str) -> None:
        """From now on this way sees relations as they are, whatever is dropped or made elsewhere meanwhile."""

    def rest(self) -> None:  # noqa: B027 - an engine that holds nothing of files has nothing to do
        """Let go of the memory that holds what was read of sealed files."""

    @abstractmethod
    def run(self, path: str, /, *, into: str | None = None, **params: Any) -> str:
        """Run ``sql/<path>.sql`` with the parameters that its header names; keep the rows as a table.

        ``params`` may hold more than the statement asks for (a day's whole rule version); returns the table's name.
        """

    def name(self, path: str) -> str:
        """Name what ``sql/<path>.sql`` returns without keeping its rows: it is read anew wherever it is named.

        For statements without parameters over relations that stay; returns the name.
        """
        name = path.rsplit("/", 1)[-1]
        self.view(name, statement(path).text)
        return name

    @abstractmethod
    def put(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        """Keep a Polars frame or an Arrow table as a table."""

    @abstractmethod
    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add a frame's rows to a table that ``put`` made."""

    @abstractmethod
    def make(self, name: str, select: str) -> None:
        """Keep as a table what a look-up of the store finds."""

    def exchange(self, name: str, rows: str, column: str, asked: str) -> None:
        """Put the rows of another table in the place of those whose ``column`` occurs in that of ``asked``."""
        others = f'select * from "{name}" where "{column}" not in (select "{column}" from "{asked}")'
        self.make(name, f'{others} union all select * from "{rows}"')

    @abstractmethod
    def view(self, name: str, select: str) -> None:
        """Name a relation that is defined by the store (Parquet files of sealed days), not by a rule."""

    def once(self, name: str, select: str) -> None:
        """``view`` for what ``hold``, ``parts`` and ``batches`` alone are asked for."""
        self.view(name, select)

    def union(self, name: str, parts: Iterable[str]) -> None:
        """Name all rows of several relations of one shape."""
        self.view(name, " union all ".join(f'select * from "{part}"' for part in parts))

    @abstractmethod
    def file(self, path: Path, *, numbered: bool = False) -> str:
        """A sealed file, Parquet or Arrow by its suffix, as a FROM source.

        ``numbered`` adds to a Parquet file the column file_row_number, from 0.
        """

    def parquet(self, name: str, path: Path, columns: Iterable[str]) -> None:
        """Name columns of a sealed Parquet file."""
        self.view(name, f"select {', '.join(columns)} from {self.file(path)}")

    @abstractmethod
    def empty(self, name: str, columns: Mapping[str, str]) -> None:
        """Keep a table without rows: column name to engine type."""

    @abstractmethod
    def barren(self, name: str) -> bool:
        """Whether a relation is known to have no rows, without a look at it."""

    @abstractmethod
    def frame(self, name: str, order: str = "", columns: Iterable[str] = ()) -> pl.DataFrame:
        """The rows of a relation as a Polars frame; give ``order`` (a comma list of columns) where order matters."""

    @abstractmethod
    def near(self, *names: str) -> bool:
        """Whether the rows of all these relations are such as Polars may take as frames: all are in one process, or
        few. What has a statement for a twin is left to that else."""

    def meet(
        self, into: str, left: str, right: str, by: str, order: Sequence[str], made: Kernel, kinds: Mapping[str, Any]
    ) -> None:
        """Keep what a kernel makes of the rows of two relations, each sorted by ``by`` and its column of ``order``.

        The kernel may be given all rows or those of one value of ``by``: what it makes of each stands for itself.
        ``kinds``: the columns that it returns, with their Polars types.
        """
        sides = (self.frame(name, f"{by}, {key}") for name, key in zip((left, right), order, strict=True))
        self.put(into, made(*sides))

    @abstractmethod
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

    @abstractmethod
    def batches(
        self, name: str, order: Sequence[str], columns: Sequence[str], more: Mapping[str, str]
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """As ``parts`` without ``led``, as the engine itself lays rows out, and the schema of ``columns`` alone."""

    @abstractmethod
    def total(self, name: str, column: str) -> int:
        """Sum of an integer column; 0 without rows."""

    @abstractmethod
    def select(self, text: str) -> pl.DataFrame:
        """Rows of a look-up that belongs to the store, as a frame."""

    @abstractmethod
    def query(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        """Rows of a small look-up that belongs to the store or to a test, never to a rule."""

    @abstractmethod
    def count(self, name: str) -> int:
        """How many rows a relation has."""

    @abstractmethod
    def columns(self, name: str) -> tuple[str, ...]:
        """The column names of a relation, in order."""

    @abstractmethod
    def drop(self, *names: str) -> None:
        """Forget tables that nothing later reads; a large day lives by it."""
