"""The sealed state: keyed tables kept as immutable segments, newest row of a key wins.

Holds: reading the state as of a seal, looking rows up in it, when what a day changed is written, merging segments so
that they stay few.
Never holds: which tables there are (``assets/tables.py``) or what their rows mean, how a segment is written.
Neighbour: ``segments.py`` writes one; ``store.py`` publishes the folder that the new ones lie in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.engine import Engine
from assets.foundation.index import KEY_OF, find_rows, find_some, index_path, read_rows, touches_most
from assets.foundation.rows import take_rows
from assets.foundation.segments import Segment, StateTable, select_newest, write_segment

# A segment joins the one before it while that one has at most this many times its rows: sizes then fall
# geometrically, so their number grows with the logarithm of the history and each row is rewritten as often.
_GROWTH = 4
# From so many rows on the one before must be no larger: rewriting is dear there, and one more segment is not. Of 365
# equal days each row is then written about 5 times instead of 8, in at most 8 segments instead of 4.
_LARGE = 1 << 16
_FEW = 10_000  # rows: up to so many one statement is cheaper than several, and one thread than two


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
        self._writer = ThreadPoolExecutor(1)
        self._writing: dict[str, Future[Segment]] = {}
        self._segments_sealed = {name: tuple(segments) for name, segments in self._segments.items()}
        self._sources: dict[str, list[str]] = {}
        for name, table in self._tables.items():
            sources = [self._source(engine, segment) for segment in self._segments[name]]
            self._sources[name] = sources
            if sources:
                engine.view(f"prior_{name}", select_newest(table, sources))
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
        self.finish()
        return {name: [one.as_json() for one in kept if one.rows] for name, kept in self._segments.items()}

    def keep(self, folder: Path, name: str, relation: str) -> None:
        """Write today's changes of one table as a segment below ``folder``, as soon as they are final.

        Where sizes ask for it the new segment also takes in the youngest older ones. What today reads of the table
        stays what was sealed. What is long is written beside what follows: ``finish`` waits for it.
        """
        table, kept = self._tables[name], self._segments[name]
        self._kept.add(name)
        if rows := self._engine.count(relation):
            beside = rows > _FEW
            merged = self._take_in(kept, rows)
            engine = self._engine.aside() if beside else self._engine
            write = self._prepared(engine, folder, table, relation, merged)
            if beside:
                self._writing[name] = self._writer.submit(write)
                self._writing[name].add_done_callback(lambda _: engine.close())
            else:
                kept.append(write())

    def writing(self) -> set[str]:
        """The tables of which a segment is being written."""
        return {name for name, writing in self._writing.items() if not writing.done()}

    def look(self) -> None:
        """Raise what went wrong with a segment that was being written, without waiting for any."""
        for writing in self._writing.values():
            if writing.done():
                writing.result()

    def finish(self) -> None:
        """Wait for what is being written; raises what went wrong with it."""
        while self._writing:
            name, writing = self._writing.popitem()
            self._segments[name].append(writing.result())

    def close(self) -> None:
        """Wait for what is being written, whatever becomes of it; what waits for its turn is not begun."""
        self._writer.shutdown(cancel_futures=True)

    def _source(self, engine: Engine, segment: Segment) -> str:
        """All rows of a segment as a FROM source of that engine."""
        return engine.file(self._home / segment.file)

    @staticmethod
    def _take_in(kept: list[Segment], rows: int) -> list[Segment]:
        taken: list[Segment] = []
        while kept and kept[-1].rows <= rows * (_GROWTH if kept[-1].rows < _LARGE else 1):
            taken.insert(0, kept.pop())
            rows += taken[0].rows
        return taken

    def _prepared(
        self, engine: Engine, folder: Path, table: StateTable, relation: str, merged: list[Segment]
    ) -> Callable[[], Segment]:
        """What writes a segment of the rows as they are now. By an engine of its own it can do so in another thread."""
        sources = [*(self._source(engine, segment) for segment in merged), f'"{relation}"']
        # A dead row may hide an older one of its key, so it is dropped only where no older segment remains.
        condition = "" if self._segments[table.name] else table.live.replace("{day}", f"date '{self._day}'")
        live = f" where {condition}" if condition else ""
        name = f"_segment_{table.name}"
        kept = f"select * from ({select_newest(table, sources)}){live}"
        engine.once(name, kept)
        if condition and not engine.query(f"select exists ({kept})")[0][0]:
            return lambda: Segment("", 0, "")  # every row was dead: there is nothing to keep, and no file to name
        if engine is not self._engine:
            engine.hold(name)
        return partial(write_segment, engine, name, table, folder / table.file)

    def lookup(self, table: str, index: str, asked: str, *, of: str = "", only: str = "", into: str) -> None:
        """Keep as ``into`` the rows of a state table whose ``index`` is one of the texts in ``asked``.``of`` (by
        default a column of the same name), the newest row of every key: all columns, or ``only`` some of them (a
        list parted by blanks, with the key and what the index is made of).

        Reads what the index says, not the table. Raises KeyError for an index that the table has not.
        """
        kept, of = self._tables[table], of or index
        if self._engine.barren(asked):
            self._keep_found(kept, tuple(only.split()) or tuple(kept.columns), [], "", into)
            return
        needles, asking = self._asked(kept.indexes[index], asked, of)
        found = [find_rows(path, needles) for path in self._indexes(table, index)] if needles.len() else []
        self._keep_found(kept, tuple(only.split()) or tuple(kept.columns), found, asking, into)

    def lookup_some(
        self, table: str, index: str, asked: str, *, most: int, youngest: bool, only: str, into: str
    ) -> None:
        """As ``lookup``, of a table ``by_row``, but of each text some ``most`` rows: the oldest by ``since``, or
        the ``youngest``. ``<into>_more`` keeps those texts that have more.

        Up to where ``into`` goes it lacks nothing: of such a text it has all the rows that are older than some date
        (younger, if these were asked for).
        """
        kept = self._tables[table]
        text = kept.indexes[index]
        if self._engine.barren(asked):
            self._keep_found(kept, tuple(only.split()), [], "", into)
            self._engine.empty(f"{into}_more", {index: "VARCHAR"})
            return
        needles, asking = self._asked(text, asked, index)
        found, edges = [], [pl.DataFrame(schema={"key": pl.Int64(), "edge": pl.Date()})]
        sealed = zip(self._segments_sealed[table], self._indexes(table, index), strict=True)
        for segment, path in sealed if needles.len() else ():
            rows, cut = find_some(path, needles, most, youngest=youngest)
            found.append(rows)
            cut = cut.sort("row")
            at = pl.DataFrame(take_rows(self._home / segment.file, cut["row"], [kept.since]))[kept.since]
            edges.append(cut.select("key", edge=at))
        edge = pl.col("edge").max() if youngest else pl.col("edge").min()
        self._engine.put("_edges", pl.concat(edges).group_by("key").agg(edge))
        there = f'select * from "_edges" where key = {KEY_OF.format(text=text)}'
        beyond = f'{there} and not "{kept.since}" {">" if youngest else "<"} edge'
        self._keep_found(kept, tuple(only.split()), found, f"{asking} and not exists ({beyond})", into)
        key = KEY_OF.format(text=f'"{index}"')
        self._engine.make(
            f"{into}_more", f'select distinct "{index}" from "{asked}" where {key} in (select key from "_edges")'
        )

    def _asked(self, text: str, asked: str, of: str) -> tuple[pl.Series, str]:
        """The keys of the texts asked for, and the condition that a row has one of these texts: two may share a key."""
        key = KEY_OF.format(text=f'"{of}"')
        needles = self._engine.select(f'select {key} as key from "{asked}"')["key"].unique().sort()
        return needles, f'{text} in (select "{of}" from "{asked}")'

    def _indexes(self, table: str, index: str) -> list[Path]:
        return [index_path(self._home / segment.file, index) for segment in self._segments_sealed[table]]

    def _keep_found(
        self, table: StateTable, columns: tuple[str, ...], found: list[pl.Series], asking: str, into: str
    ) -> None:
        """Keep the newest of the rows that were found in every segment by their numbers and fulfil a condition."""
        sources, most = [], 0
        for age, (segment, rows) in enumerate(zip(self._segments_sealed[table.name], found, strict=False)):
            if rows.len():
                path = self._home / segment.file
                sources.append(f"select * from ({self._rows(table, columns, path, rows, age)}) where {asking}")
                most += rows.len()
        if not sources:
            self._engine.empty(into, {column: table.columns[column] for column in columns})
            return
        self._engine.make(into, self._newest(table, columns, sources, most))
        self._engine.drop(*(f"_{what}_{age}" for age in range(len(found)) for what in ("at", "found")))

    def sift(self, table: str, condition: str, *, into: str) -> None:
        """Keep as ``into`` rows of a state table that fulfil ``condition`` (``{day}`` is the day being settled), the
        newest row of every key. The condition is over columns that are the same in every row of a key: so it is asked
        first, and only what fulfils it is searched for newer rows.
        """
        kept, asked = self._tables[table], condition.replace("{day}", f"date '{self._day}'")
        sources = [
            f"select *, {age} as _age from {source} where {asked}" for age, source in enumerate(self._sources[table])
        ]
        if sources:
            self._engine.make(into, self._newest(kept, tuple(kept.columns), sources, 0))
            self._engine.rest()
        else:
            self._engine.empty(into, kept.columns)

    def matching(self, table: str, /, **equal: Any) -> list[dict[str, Any]]:
        """Rows of a state table whose columns are these values (all without any), the newest row of every key, in the
        order of the keys. Looks at the whole table: for those that are short."""
        kept = self._tables[table]
        names, keys = (", ".join(f'"{name}"' for name in some) for some in (kept.columns, kept.key))
        asked = " and ".join(f'"{name}" = ${name}' for name in equal) or "true"
        found = self._engine.query(f'select {names} from "prior_{table}" where {asked} order by {keys}', **equal)
        return [dict(zip(kept.columns, row, strict=True)) for row in found]

    def _newest(self, table: StateTable, columns: Sequence[str], sources: list[str], rows: int) -> str:
        """The newest row of every key over rows that were found, oldest first."""
        if len(sources) > 1 and not table.fixed and rows > _FEW:
            # Looked at more than once, so they are kept first.
            for age, source in enumerate(sources):
                self._engine.make(f"_found_{age}", source)
            return select_newest(table, [f'"_found_{age}"' for age in range(len(sources))], columns)
        names = ", ".join(f'"{name}"' for name in columns)
        if len(sources) == 1 or table.fixed:
            return " union all ".join(f"select {names} from ({source})" for source in sources)
        partition = ", ".join(f'"{name}"' for name in table.key)
        newest = f"row_number() over (partition by {partition} order by _age desc) as _back"
        return f"select {names} from (select *, {newest} from ({' union all '.join(sources)})) where _back = 1"

    def _rows(self, table: StateTable, columns: Sequence[str], path: Path, rows: pl.Series, age: int) -> str:
        """A select of rows of a segment by their numbers: one by one where the table is kept so; else of their row
        groups where these are few, or by a scan."""
        names, name = ", ".join(f'"{column}"' for column in columns), f"_at_{age}"
        if table.by_row:
            self._engine.put(name, take_rows(path, rows, columns))
        elif touches_most(path, rows):
            self._engine.put(name, rows.cast(pl.Int64).to_frame("row"))
            source = self._engine.file(path, numbered=True)
            return f'select {names}, {age} as _age from {source} where file_row_number in (select row from "{name}")'
        else:
            for number, frame in enumerate(read_rows(path, rows, columns)):
                (self._engine.append if number else self._engine.put)(name, frame)
        return f'select {names}, {age} as _age from "{name}"'
