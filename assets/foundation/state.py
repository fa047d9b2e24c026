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
from assets.foundation.files import write_parts

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


def _select(table: StateTable, sources: list[str]) -> str:
    """The newest row of every key over ``sources``, oldest first."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
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
        self._kept: set[str] = set()
        for name, table in self._tables.items():
            sources = [parquet_source(home / segment.file) for segment in self._segments[name]]
            if sources:
                engine.view(f"prior_{name}", _select(table, sources))
            else:
                engine.empty(f"prior_{name}", table.columns)

    def write(self, folder: Path, changed: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        """Write today's changes of every table not yet kept; returns the ``state`` block of the manifest.

        ``changed`` names, for a state table, the engine relation with today's rows (the table's columns, one row a
        key).
        """
        for name, relation in changed.items():
            if name not in self._kept:
                self.keep(folder, name, relation)
        return {name: [one.as_json() for one in kept if one.rows] for name, kept in self._segments.items()}

    def keep(self, folder: Path, name: str, relation: str) -> None:
        """Write today's changes of one table as a segment below ``folder``, as soon as they are final.

        Where sizes ask for it the new segment also takes in the youngest older ones. What today reads of the table
        stays what was sealed.
        """
        table, kept = self._tables[name], self._segments[name]
        self._kept.add(name)
        if rows := self._engine.count(relation):
            merged = self._take_in(kept, rows)
            kept.append(self._write_segment(folder, table, relation, merged, whole=not kept))

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
        if condition and not self._engine.query(f'select exists (select 1 from "{name}")')[0][0]:
            return Segment("", 0, "")  # every row was dead: there is nothing to keep, and no file to name
        schema, parts = self._engine.parts(name, table.order)
        written = write_parts(parts, schema, folder / f"{table.name}.parquet", content=False)
        where = f"settlements/{folder.parent.name}/{folder.name}/{table.name}.parquet"
        return Segment(where, written.rows, written.sha256)
