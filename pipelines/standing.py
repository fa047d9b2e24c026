"""`settle status`: how a home stands, in lines a person reads, and the next command to type.

Holds: the wording, and the ages by which payouts in transit are told apart.
Never holds: reading of sealed state (``assets/sealed.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date

from rich.console import Console
from rich.text import Text

from assets.exports.reading import is_ready
from assets.foundation.store import Home, Seal
from assets.release.overview import waiting
from assets.sealed import Standing, standing
from assets.units import yuan
from pipelines.definitions import next_day
from pipelines.terminal import counted, open_table, open_to_others

# First day and last of every age that is shown, in days from the cut to the last settled day.
_AGES = ((0, 1), (2, 3), (4, 7), (8, None))
_HASH_SHOWN = 16

_Line = tuple[str, str]  # what it is, and the figures


def show_status(console: Console, home: Home) -> None:
    """Print how the home stands: a table in a terminal, a line a figure elsewhere."""
    if not console.is_terminal:
        for name, text in _lines(home):
            console.print(f"{name + ':':<24}{text}", highlight=False, markup=False, soft_wrap=True)
        return
    table = open_table("Status", ["what", "figures"], kept=["what"], headed=False)
    for name, text in _lines(home):
        table.add_row(Text(name), Text(text))
    console.print(table)


def _lines(home: Home) -> Iterator[_Line]:
    settled = home.settled_days()
    yield "home", home.name
    head = home.seal(settled[-1]) if settled else None
    if head:
        yield from _sealed(home, head, settled)
    else:
        yield "settled", "no day yet"
    if wide := open_to_others(home):
        yield "open to others", wide
    waiting = [day for day in home.export_days() if not settled or day > settled[-1]]
    ready = sum(1 for day in waiting if is_ready(home.exports(day)))
    span = f", {waiting[0]} to {waiting[-1]}" if waiting else ""
    yield "exports not settled", f"{counted(len(waiting), 'day')}, {ready} of them ready{span}"
    yield "next", _next(home)


def _sealed(home: Home, head: Seal, settled: list[date]) -> Iterator[_Line]:
    yield "settled", f"{counted(len(settled), 'day')}, {settled[0]} to {settled[-1]}"
    yield "head of the chain", f"{head.day}, seal {head.sha256[:_HASH_SHOWN]}"
    now = standing(home, head)
    yield "payouts in transit", _payouts(now, head.day, 0, None)
    for youngest, oldest in _AGES:
        days = f"{youngest} to {oldest} days" if oldest else f"{youngest} days and more"
        yield f"  {days}", _payouts(now, head.day, youngest, oldest)
    yield "in debt", f"{counted(now.debtors, 'member')}, {yuan(now.debt_fen)} yuan"
    files = waiting(home)
    yield "files to approve", _files(files.to_approve)
    yield "files to release", _files(files.to_release)
    yield "log", f"{counted(files.lines, 'line')}, the last {files.head[:_HASH_SHOWN]}" if files.lines else "none"


def _files(days: list[date]) -> str:
    """How many, and of which days."""
    if not days:
        return "0"
    return f"{len(days):,}, of {days[0]}" + (f" to {days[-1]}" if days[-1] != days[0] else "")


def _payouts(now: Standing, last: date, youngest: int, oldest: int | None) -> str:
    """Number and net of the payouts without a result whose age lies between two, both counted."""
    rows = [
        (payouts, net)
        for day, payouts, net in now.in_transit
        if (age := (last - day).days) >= youngest and (oldest is None or age <= oldest)
    ]
    return f"{counted(sum(payouts for payouts, _ in rows), 'payout')}, {yuan(sum(net for _, net in rows))} yuan"


def _next(home: Home) -> str:
    following, root = next_day(home), shlex.quote(home.name)
    if following is None:
        return f"put exports into {home.shown(home.root / 'exports')}, or: settle demo DIR"
    if home.exports(following).is_dir():
        return f"settle run --date {following} --home {root}"
    return f"{following} has no export folder yet"
