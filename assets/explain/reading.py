"""What the trees are made from: rows of the sealed state and of sealed tables, as of the close of one day.

Holds: look-ups by index in the state, rows of rewards over days, what the rules versions that are sealed say.
Never holds: sums; anything that is written.
Neighbour: ``statement/reading.py`` reads tables over many days; ``foundation/state.py`` keeps the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.state import State
from assets.foundation.store import Home
from assets.statement.reading import covered, rows_of_days
from assets.tables import STATE_TABLES
from assets.units import PRICED_UNITS

Row = dict[str, Any]
_TABLES = {table.name: table for table in STATE_TABLES}
_REWARD = ("reward_id", "programme", "kind", "member_id", "order_id", "from_order_id", "commodity", "amount",
           "rule_version")  # fmt: skip


class Past:
    """The home as the seal of a settled day left it (the last one, if none is named). Reads what is asked for only.

    Raises Refused for a day that is not settled, and when a file of the state is gone.
    """

    def __init__(self, home: Home, day: date | None = None) -> None:
        self.home = home
        self.days, _, self.seal = covered(home, None, day)
        self.day = self.seal.day
        self.versions: dict[str, dict[str, Any]] = self.seal.content["rules"]["versions"]
        self._states: dict[str, State] = {}
        self._earlier: dict[date, Past | None] = {}

    @cached_property
    def _engine(self) -> Engine:
        return DuckEngine()

    def close(self) -> None:
        """Free what it holds."""
        if "_engine" in self.__dict__:
            self._engine.close()
        for one in self._earlier.values():
            if one:
                one.close()

    def at(self, day: date) -> Past | None:
        """The home at an earlier close; None where that day is not settled or its state was pruned."""
        if day == self.day:
            return self
        if day not in self._earlier:
            found = Past(self.home, day) if self.days[0] <= day < self.day else None
            self._earlier[day] = found if found and found._whole() else None
        return self._earlier[day]

    def days_from(self, first: date, last: date | None = None) -> list[date]:
        """The settled days from ``first`` up to ``last`` (the day of this past)."""
        return [day for day in self.days if first <= day and (last is None or day <= last)]

    # --- the state --------------------------------------------------------------------------------------------------

    def _whole(self) -> bool:
        files = (one["file"] for kept in self.seal.content["state"].values() for one in kept)
        return all((self.home.root / file).is_file() for file in files)

    def _state(self, name: str) -> State:
        if name not in self._states:
            for one in self.seal.content["state"].get(name, []):
                if not (self.home.root / one["file"]).is_file():
                    raise Refused(
                        f"{one['file']} is part of the sealed state of {self.day} and is gone (pruned? a later day has"
                        " its rows: --date)"
                    )
            self._states[name] = State(
                self._engine, self.home.root, self.day, [_TABLES[name]], self.seal.content["state"]
            )
        return self._states[name]

    def find(self, table: str, index: str, texts: Iterable[str]) -> list[Row]:
        """Rows of a state table whose index is one of these texts, in the order of their keys."""
        asked = sorted(set(texts))
        if not asked:
            return []
        state = self._state(table)
        self._engine.put("asked", pl.DataFrame({index: asked}, schema={index: pl.String}))
        state.lookup(table, index, "asked", into="explained")
        keys = ", ".join(f'"{name}"' for name in _TABLES[table].key)
        return self._engine.frame("explained", keys).to_dicts()

    def where(self, table: str, **equal: Any) -> list[Row]:
        """Rows of a state table whose columns are these values, in the order of their keys: for tables that are short.
        Those that no longer live are among them."""
        return self._state(table).matching(table, **equal)

    def orders(self, ids: Iterable[str]) -> dict[str, Row]:
        """Orders of the state by their ids, with what is ``kept`` of them now; empty ids are no orders."""
        found = self.find("orders", "order_id", (one for one in ids if one))
        return {row["order_id"]: {**row, "kept": row["total"] - row["refunded"]} for row in found}

    # --- tables -----------------------------------------------------------------------------------------------------

    def rewards(self, days: Sequence[date], kept: pl.Expr) -> list[Row]:
        """Rows of rewards of these days that fulfil a condition, with their ``date``, in order."""
        if not days:
            return []
        found = rows_of_days(self.home, days, "rewards", kept, [pl.col(name) for name in _REWARD])
        number = pl.col("reward_id").str.split("/").list.last().cast(pl.Int64)
        return found.sort("date", number).to_dicts()

    def history(self, table: str, days: Sequence[date], kept: pl.Expr) -> list[Row]:
        """All columns of rows of a sealed table of these days that fulfil a condition, with their ``date``."""
        if not days:
            return []
        return rows_of_days(self.home, days, table, kept, [pl.all().exclude("_file")]).sort("date").to_dicts()

    # --- rules ------------------------------------------------------------------------------------------------------

    def rule(self, version: str, block: str) -> dict[str, Any]:
        """A block of a version as it was sealed."""
        found: dict[str, Any] = self.versions[version][block]
        return found

    def in_force(self, day: date) -> dict[str, Any]:
        """The version of a day."""
        return max(
            (one for one in self.versions.values() if one["effective_from"] <= day.isoformat()),
            key=lambda one: str(one["effective_from"]),
        )

    def last_enabled(self, programme: str, day: date) -> dict[str, Any] | None:
        """The last version up to a day that had the programme on: its keys pay what is owed (rules.md section 3)."""
        on = (one for one in self.versions.values()
              if one["effective_from"] <= day.isoformat() and one[programme]["enabled"])  # fmt: skip
        return max(on, key=lambda one: str(one["effective_from"]), default=None)

    @property
    def point_units(self) -> int:
        """Units of a point, by the last version up to this day that had points on."""
        version = self.last_enabled("points", self.day)
        return PRICED_UNITS if version and version["points"]["mode"] == "pool_priced" else 1
