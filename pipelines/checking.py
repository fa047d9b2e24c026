"""`settle check`: a day's exports read and judged against the sealed state, without settling anything.

Holds: running the intake and the request steps on a throw-away day, and showing the outcome.
Never holds: the checks themselves (``assets/exports``, ``assets/steps.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.day import Day, look_at_day
from assets.exports.intake import Intake, take_exports, within_limit
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal
from assets.pruning import pruned_state
from assets.steps import require_fit, take_late_refunds, take_requests, take_results
from pipelines.terminal import yuan

_SHOWN = 20


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
    engine = Engine()
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
    """Totals per file, quarantine by reason, the first quarantined rows, notes."""
    totals = Table(title=f"Exports of {checked.day}", title_justify="left")
    for name in ("File", "Rows in", "Accepted", "Duplicates", "Quarantined", "Yuan in", "Yuan quarantined"):
        totals.add_column(name, justify="left" if name == "File" else "right")
    for row in checked.intake.totals.sort("file").iter_rows(named=True):
        if row["rows_in"]:
            totals.add_row(
                row["file"], *(f"{row[f'rows_{kind}']:,}" for kind in ("in", "accepted", "duplicate", "quarantined")),
                yuan(row["net_in"]), yuan(row["net_quarantined"]),
            )  # fmt: skip
    console.print(totals)
    rows = checked.intake.quarantined
    if rows.height:
        table = Table(title=f"Would be quarantined: {rows.height} rows", title_justify="left")
        for name in ("Source", "Row", "Reason", "Why"):
            table.add_column(name, justify="right" if name == "Row" else "left")
        for row in rows.head(_SHOWN).iter_rows(named=True):
            # Text of the exports is shown to the letter: brackets in it are not markup.
            table.add_row(*(Text(str(row[name])) for name in ("source", "row", "reason", "sentence")))
        console.print(table)
        if rows.height > _SHOWN:
            console.print(f"and {rows.height - _SHOWN} more")
    for note in checked.intake.notes:
        console.print(f"note: {note}", highlight=False, soft_wrap=True, markup=False)
