"""All payouts by what became of them: issued = paid + failed + returned + in transit, per channel file and channel.

Holds: the sums, from the payouts of every day and the state at the close of the last; whether they agree, with each
other and with the ledger.
Never holds: a look into channel files (``settle verify`` reads these), wording.
Neighbour: ``sql/results/reconciled.sql``; ``pipelines/reconciling.py`` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.sealed import sealed_state

STATES = ("paid", "failed", "returned", "in_transit")
SUMS = ("issued", "issued_fen", *(f"{state}{what}" for state in STATES for what in ("", "_fen")))
_WRITTEN = ("payout_id", "channel", "net", "file")
_WRITTEN_TYPES = {"payout_id": "varchar", "channel": "varchar", "net": "bigint", "file": "varchar"}
_LEDGER = {"account": "varchar", "holder": "varchar", "balance": "bigint"}


@dataclass(frozen=True)
class Reconciled:
    """``files``: paid_on, channel, file and SUMS of every channel file of the days asked for, and ``age``: days from
    its cut to ``last``, the last settled day. ``ledger``: channel, in_transit, in_transit_fen and ledger_fen of all
    days."""

    last: date
    files: pl.DataFrame
    ledger: pl.DataFrame

    @property
    def channels(self) -> pl.DataFrame:
        """SUMS by channel, and the ``age`` of the oldest payment in transit, null without one."""
        waits = pl.col("age").filter(pl.col("in_transit") > 0).max()
        return self.files.group_by("channel").agg(*(pl.col(name).sum() for name in SUMS), waits).sort("channel")

    @property
    def unequal(self) -> pl.DataFrame:
        """Files of which not every payment that was issued is in exactly one state, to the fen."""
        told = (pl.sum_horizontal(f"{state}{what}" for state in STATES) for what in ("", "_fen"))
        count, fen = told
        return self.files.filter((pl.col("issued") != count) | (pl.col("issued_fen") != fen))

    @property
    def unbooked(self) -> pl.DataFrame:
        """Channels whose payments in transit are not the money that the ledger has in transit."""
        return self.ledger.filter(pl.col("in_transit_fen") != pl.col("ledger_fen"))


def reconcile(home: Home, first: date | None = None, last: date | None = None) -> Reconciled:
    """The payouts cut from ``first`` to ``last``, of all days where these are not given, as they now stand.

    Raises Refused when no day is settled, or a file that is needed is gone.
    """
    settled = home.settled_days()
    head = home.seal(settled[-1]) if settled else None
    if head is None:
        raise Refused("no day is settled yet: no payout was issued")
    first, last = first or settled[0], last or settled[-1]
    with sealed_state(home, head, "payouts") as engine:
        names = []
        for day in (day for day in settled if first <= day <= last):
            path = home.settlement(day) / "payouts.parquet"
            if not path.is_file():
                raise Refused(f"{path} was sealed and is gone (settle verify says more)")
            engine.parquet(f"payouts_{day}", path, _WRITTEN)
            names.append(f"payouts_{day}")
        if names:
            engine.union("payouts_written", names)
        else:
            engine.empty("payouts_written", _WRITTEN_TYPES)
        balances = home.settlement(head.day) / "balances.parquet"
        if not balances.is_file():
            raise Refused(f"{balances} was sealed and is gone (settle verify says more)")
        engine.parquet("balances_sealed", balances, _LEDGER)
        engine.run("results/reconciled", first=first, last=last)
        engine.run("results/transit_by_channel")
        files = engine.frame("reconciled", "paid_on, channel, file")
        ledger = engine.frame("transit_by_channel", "channel")
    return Reconciled(head.day, files.with_columns(age=(pl.lit(head.day) - pl.col("paid_on")).dt.total_days()), ledger)
