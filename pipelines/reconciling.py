"""`settle payouts reconcile`: what was issued and what became of it, by channel and by file, and whether it adds up.

Holds: the wording.
Never holds: the sums (``assets/importing/reconciling.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.foundation.store import Home
from assets.importing.reconciling import STATES, Reconciled, reconcile
from pipelines.terminal import yuan

_PARTS = ("issued", *STATES)


def reconcile_and_show(console: Console, home: Home, first: date | None, last: date | None) -> bool:
    """Print the channels, then the files that have payments in transit, of a single day all; return whether all adds
    up."""
    found = reconcile(home, first, last)
    one_day = first is not None and first == last
    files = found.files if one_day else found.files.filter(pl.col("in_transit") > 0)
    _show(console, "By channel", ("channel",), found.channels)
    _show(console, f"Files of {first}" if one_day else "Files with payments in transit", ("channel", "file"), files)
    sound = True
    for line, agrees in _verdicts(found):
        sound = sound and agrees
        _say(console, f"{'✓' if agrees else '✗'} {line}")
    return sound


def _verdicts(found: Reconciled) -> Iterator[tuple[str, bool]]:
    """Each sentence with whether it is so, and what differs below one that is not."""
    sums = found.channels.sum()
    total = yuan(sums["issued_fen"][0] or 0)
    unequal = found.unequal
    yield (
        f"issued = paid + failed + returned + in transit: {sums['issued'][0] or 0:,} payments, {total} yuan",
        (unequal.is_empty()),
    )
    for row in unequal.iter_rows(named=True):
        yield f"{row['file'] or row['channel'] + ', in no file'}: {_told(row)}", False
    yield (
        f"in transit = payout_in_transit of the ledger at the close of {found.last}, by channel",
        (found.unbooked.is_empty()),
    )
    for row in found.unbooked.iter_rows(named=True):
        in_transit, ledger = yuan(row["in_transit_fen"]), yuan(row["ledger_fen"])
        yield f"{row['channel']}: in transit {in_transit} yuan, in the ledger {ledger} yuan", False


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{part.replace('_', ' ')} {row[part]:,} {yuan(row[f'{part}_fen'])}" for part in _PARTS)


def _show(console: Console, title: str, names: tuple[str, ...], rows: pl.DataFrame) -> None:
    """Payments and yuan of every part, and the age in days of what is in transit: a table in a terminal, else lines."""
    if not console.is_terminal:
        _say(console, f"{title}:{'' if rows.height else ' none'}")
        for row in rows.iter_rows(named=True):
            called = " ".join(row[name] or "in no file" for name in names)
            _say(console, f"  {called}: {_told(row)}{_aged(row, ' yuan, {} days')}")
        return
    table = Table(title=Text(title), title_justify="left")
    for name in names:
        table.add_column(name.capitalize(), overflow="fold")
    for part in _PARTS:
        table.add_column(f"{part.replace('_', ' ').capitalize()}\nyuan", justify="right", no_wrap=True)
    table.add_column("Days", justify="right", no_wrap=True)
    for row in rows.iter_rows(named=True):
        cells = (f"{row[part]:,}\n{yuan(row[f'{part}_fen'])}" for part in _PARTS)
        table.add_row(*(Text(row[name] or "in no file") for name in names), *cells, _aged(row, "{}"))
    console.print(table)


def _aged(row: dict[str, Any], form: str) -> str:
    """The age of the oldest payment in transit; nothing where none is."""
    return form.format(row["age"]) if row["in_transit"] and row["age"] is not None else ""


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
