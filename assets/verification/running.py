"""Tables that grow with the days: the newest row of every key, and sums per key.

Holds: the two running frames.
Never holds: what their rows mean.
Neighbour: ``ledger.py``, ``awards.py`` and ``payouts.py`` carry them from day to day.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.verification.findings import sums


class Newest:
    """The newest row of every key."""

    def __init__(self, key: list[str], columns: Mapping[str, pl.DataType]) -> None:
        self._key, self.frame = key, pl.DataFrame(schema=dict(columns))

    def take(self, rows: pl.DataFrame) -> None:
        """Take the rows of a later day; columns that are not kept are left out."""
        if rows.height:
            kept = rows.select(self.frame.columns)
            self.frame = pl.concat([self.frame.join(kept, on=self._key, how="anti"), kept])


class Sums:
    """Exact sums of ``amount`` per key."""

    def __init__(self, key: list[str]) -> None:
        self._key = key
        self.frame = pl.DataFrame(schema={**dict.fromkeys(key, pl.String()), "amount": pl.Int128()})

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows with the key's columns and ``amount``."""
        if rows.height:
            more = rows.select(*self._key, pl.col("amount").cast(pl.Int128))
            self.frame = sums(pl.concat([self.frame, more]), self._key)

    def drop(self, rows: pl.DataFrame) -> None:
        """Forget the keys of ``rows``."""
        self.frame = self.frame.join(rows, on=self._key, how="anti")
