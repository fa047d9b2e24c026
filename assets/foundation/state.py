"""The sealed state: keyed tables kept as immutable Parquet segments, newest row of a key wins.

Holds: reading the state as of a seal, writing what a day changed, merging segments so that they stay few.
Never holds: which tables there are (``assets/tables.py``) or what their rows mean.
Neighbour: ``store.py`` publishes the folder that the new segments lie in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.foundation.engine import Engine, parquet_source
from assets.foundation.files import write_parquet

# A segment joins the one before it while that one has at most this many times its rows: sizes then fall
# geometrically, so their number grows with the logarithm of the history and each row is rewritten as often.
_GROWTH = 4


@dataclass(frozen=True)
class StateTable:
    """A keyed table of the state.

    ``columns`` maps names to engine types; ``live`` is a condition on a row that a later day can still need, with
    ``{day}`` for the day being settled (a row that fails it is left out when all segments are merged into one).
    A ``fixed`` table's rows never change once written, so that reading it needs no search for the newest.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    live: str = ""
    fixed: bool = False

    @property
    def order(self) -> str:
        """The key as an ORDER BY list."""
        return ", ".join(f'"{column}"' for column in self.key)


@dataclass(frozen=True)
class Segment:
    """One immutable file of a state table, path relative to the home."""

    file: str
    rows: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {"file": self.file, "rows": self.rows, "sha256": self.sha256}


def _select(table: StateTable, sources: Iterable[str]) -> str:
    """The newest row of every key over ``sources``, oldest first."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
    parts = [f"select {columns}, {age} as _age from {source}" for age, source in enumerate(sources)]
    if len(parts) == 1 or table.fixed:
        return f"select {columns} from ({' union all '.join(parts)})"
    newest = f"row_number() over (partition by {table.order} order by _age desc)"
    return f"select {columns} from (select *, {newest} as _rank from ({' union all '.join(parts)})) where _rank = 1"


class State:
    """The state tables as a seal left them, and what today changes in them."""

    def __init__(
        self, engine: Engine, home: Path, day: date, tables: Iterable[StateTable], sealed: dict[str, Any] | None
    ) -> None:
        self._engine, self._home, self._day = engine, home, day
        self._tables = {table.name: table for table in tables}
        self._segments = {
            name: [Segment(**segment) for segment in (sealed or {}).get(name, [])] for name in self._tables
        }
        for name, table in self._tables.items():
            sources = [parquet_source(home / segment.file) for segment in self._segments[name]]
            if sources:
                engine.view(f"prior_{name}", _select(table, sources))
            else:
                engine.empty(f"prior_{name}", table.columns)

    def write(self, folder: Path, changed: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        """Write today's changes as segments below ``folder``; returns the ``state`` block of the manifest.

        ``changed`` names, for a state table, the engine relation with today's rows (the table's columns, one row a
        key). Where sizes ask for it the new segment also takes in the youngest older ones.
        """
        sealed: dict[str, list[dict[str, Any]]] = {}
        for name, table in self._tables.items():
            kept = list(self._segments[name])
            rows = self._engine.count(changed[name]) if name in changed else 0
            if rows:
                merged = self._take_in(kept, rows)
                kept.append(self._write_segment(folder, table, changed[name], merged, whole=not kept))
            sealed[name] = [segment.as_json() for segment in kept if segment.rows]
        return sealed

    @staticmethod
    def _take_in(kept: list[Segment], rows: int) -> list[Segment]:
        taken: list[Segment] = []
        while kept and kept[-1].rows <= _GROWTH * rows:
            taken.insert(0, kept.pop())
            rows += taken[0].rows
        return taken

    def _write_segment(
        self, folder: Path, table: StateTable, relation: str, merged: list[Segment], *, whole: bool
    ) -> Segment:
        sources = [*(parquet_source(self._home / segment.file) for segment in merged), f'"{relation}"']
        # A dead row may hide an older one of its key, so it is dropped only where no older segment remains.
        condition = table.live.replace("{day}", f"date '{self._day}'") if whole else ""
        live = f" where {condition}" if condition else ""
        name = f"_segment_{table.name}"
        self._engine.view(name, f"select * from ({_select(table, sources)}){live}")
        frame = self._engine.frame(name, table.order)
        if frame.is_empty():
            return Segment("", 0, "")  # every row was dead: there is nothing to keep, and no file to name
        written = write_parquet(frame, folder / f"{table.name}.parquet")
        where = f"settlements/{folder.parent.name}/{folder.name}/{table.name}.parquet"
        return Segment(where, frame.height, written)
