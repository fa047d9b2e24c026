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
from rich.text import Text

from assets.foundation.store import Home
from assets.importing.reconciling import STATES, Reconciled, reconcile
from assets.units import yuan
from pipelines.terminal import counted, open_table

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
        f"issued = paid + failed + returned + in transit: {counted(sums['issued'][0] or 0, 'payment')}, {total} yuan",
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
            _say(console, f"  {called}: {_told(row)}{_aged(row, ' yuan')}")
        return
    head = "\n".join(names).capitalize()
    parts = [f"{part.replace('_', ' ').capitalize()}\nyuan" for part in _PARTS]
    table = open_table(title, [head], [*parts, "Days"])
    for row in rows.iter_rows(named=True):
        called = "\n".join(row[name] or "in no file" for name in names)
        cells = (f"{row[part]:,}\n{yuan(row[f'{part}_fen'])}" for part in _PARTS)
        table.add_row(Text(called), *cells, _aged(row))
    console.print(table)


def _aged(row: dict[str, Any], unit: str = "") -> str:
    """The age in days of the oldest payment in transit, behind a unit of money in words; nothing where none is."""
    if not row["in_transit"] or row["age"] is None:
        return ""
    return f"{unit}, {counted(row['age'], 'day')}" if unit else f"{row['age']}"


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
