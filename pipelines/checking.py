"""`settle check`: a day's exports read and judged against the sealed state, without settling anything.

Holds: running the intake and the request steps on a throw-away day, and showing the outcome.
Never holds: the checks themselves (``assets/exports``, ``assets/steps.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

import polars as pl
from rich.console import Console
from rich.text import Text

from assets.day import Day, look_at_day
from assets.exports.intake import Intake, take_exports, within_limit
from assets.foundation.duck import DuckEngine
from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal
from assets.pruning import pruned_state
from assets.steps import require_fit, take_late_refunds, take_requests, take_results
from assets.units import yuan
from pipelines.terminal import counted, open_table

_SHOWN = 20
_STATES = ("in", "accepted", "duplicate", "quarantined")


@dataclass(frozen=True)
class Checked:
    """The intake of a day that was not settled, and why the day would be refused ("" if it would not)."""

    day: date
    intake: Intake
    refusal: str


def _previous(home: Home, day: date) -> Seal | None:
    if not home.is_settled(day):
        return home.require_turn(day)
    before = home.seal(day - timedelta(days=1))
    if before and (gone := pruned_state(home, before)):
        raise Refused(
            f"{len(gone)} files of the state that {day} started from were pruned; it cannot be looked at again"
        )
    return before


def _judge_requests(work: Day) -> None:
    take_results(work)
    take_late_refunds(work)
    take_requests(work)


def check_day(home: Home, day: date) -> Checked:
    """Judge every row of ``day`` as `settle run` would. Raises Refused where the day cannot even be read."""
    engine = DuckEngine()
    try:
        work = look_at_day(home, day, previous=_previous(home, day), engine=engine)
        require_fit(work)
        work.intake = take_exports(
            engine,
            work.lookup,
            home.root,
            day,
            timezone=work.rules.timezone,
            late_limit_days=work.version.late_limit_days,
            points_priced=work.keys("points").points.mode == "pool_priced",
        )
        _judge_requests(work)
        refusal = ""
        try:
            within_limit(work.intake, work.version.quarantine_limit_bp, None)
        except Refused as refused:
            refusal = str(refused)
        return Checked(day, work.intake, refusal)
    finally:
        engine.close()


def show(console: Console, checked: Checked) -> None:
    """Rows and money per file, quarantine by reason, the first quarantined rows, notes: tables in a terminal, else
    lines."""
    totals = [row for row in checked.intake.totals.sort("file").iter_rows(named=True) if row["rows_in"]]
    rows = checked.intake.quarantined
    if console.is_terminal:
        _show_tables(console, checked.day, totals, rows)
    else:
        _say(console, f"Exports of {checked.day}:{'' if totals else ' no rows'}")
        for row in totals:
            told = (f"{state} {_told(row, state)}" for state in _STATES)
            _say(console, f"  {row['file']}: {', '.join(told)}{' yuan' if row['net_in'] else ''}")
        for file, reason, number, fen in _reasons(rows):
            _say(console, f"quarantine: {file}: {reason}: {counted(number, 'row')}, {yuan(fen)} yuan")
        for row in rows.head(_SHOWN).iter_rows(named=True):
            _say(console, f"quarantine: {row['source']}, row {row['row']}: {row['reason']}: {row['sentence']}")
    if rows.height > _SHOWN:
        _say(console, f"and {counted(rows.height - _SHOWN, 'row')} more")
    for note in checked.intake.notes:
        _say(console, f"note: {note}")


def _show_tables(console: Console, day: date, totals: list[dict[str, Any]], rows: pl.DataFrame) -> None:
    table = open_table(f"Exports of {day}", ["File"], [f"{_heading(state)}\nyuan" for state in _STATES])
    for row in totals:
        table.add_row(row["file"], *(_told(row, state).replace(" ", "\n") for state in _STATES))
    console.print(table)
    if rows.is_empty():
        return
    table = open_table(
        f"Would be quarantined: {counted(rows.height, 'row')}", ["File", "Reason"], ["Rows", "Yuan"], kept=["Reason"]
    )
    for file, reason, number, fen in _reasons(rows):
        table.add_row(file, reason, f"{number:,}", yuan(fen))
    console.print(table)
    table = open_table("The first of them", ["Row", "Why"])
    for row in rows.head(_SHOWN).iter_rows(named=True):
        # Text of the exports is shown to the letter: brackets in it are not markup.
        table.add_row(Text(f"{PurePosixPath(row['source']).name} {row['row']}"), Text(str(row["sentence"])))
    console.print(table)


def _heading(state: str) -> str:
    return "Rows in" if state == "in" else state.capitalize()


def _told(row: dict[str, Any], state: str) -> str:
    """How many rows, and what they come to where the file has money."""
    return f"{row[f'rows_{state}']:,}" + (f" {yuan(row[f'net_{state}'])}" if row["net_in"] else "")


def _reasons(rows: pl.DataFrame) -> Iterator[tuple[str, str, int, int]]:
    grouped = rows.group_by("file", "reason").agg(pl.len(), pl.col("fen").sum()).sort("file", "reason")
    yield from grouped.iter_rows()


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)
