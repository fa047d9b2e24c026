"""What a person sees while days are settled: a bar in a terminal, plain lines elsewhere, a closing table.

Holds: rich's objects and the wording.
Never holds: what is run or decided.
Neighbour: ``cli.py`` opens a view around ``running.py``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from assets.foundation.errors import Refused
from assets.foundation.rights import too_open
from assets.foundation.store import Home


def yuan(fen: int) -> str:
    """Fen as yuan text, exact."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def open_to_others(home: Home) -> str:
    """What of the settled days, the register, the outbox and the log is open to more people than the home's rights
    say, and what to type, or ""; where its settings are at fault, that."""
    try:
        rights = home.rights()
    except Refused as refused:
        return str(refused)
    found = too_open([home.root / "settlements", home.issued_root, home.outbox, home.audit_file], rights)
    if not found:
        return ""
    path = found[0].relative_to(home.root)
    change = "go-rwx" if rights.group is None else "g-w,o-rwx"
    at = " ".join(sorted({str(home.root / one.relative_to(home.root).parts[0]) for one in found}))
    return f"{len(found)} files and folders, {path} first: chmod -R {change} {at}"


# Nobody knows how many reports a stage will give: each moves the bar by this part of what is left of the stage.
_STEP = 0.25


class RunView:
    """Progress of a run: days times stages. In a terminal a moving bar; in a log one line a day."""

    def __init__(self, console: Console, days: int, stages: int) -> None:
        self._console, self._total = console, days * stages
        self._stages, self._done, self._started = stages, 0, time.monotonic()
        self._bar: Progress | None = None
        self._day, self._begun, self._left = "", 0, 0.0

    def __enter__(self) -> RunView:
        if self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeElapsedColumn(), console=self._console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task("starting", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def starts(self, day: date) -> None:
        """A day begins."""
        self._day, self._started, self._begun = day.isoformat(), time.monotonic(), 0

    def stage(self, name: str, detail: str) -> None:
        """A stage begins, or says how far it is."""
        if not self._bar:
            return
        if detail:
            self._left *= 1 - _STEP
        else:
            self._begun, self._left = self._begun + 1, 1.0
        text = f"{self._day}  {name}{f': {detail}' if detail else ''}"
        at = self._done * self._stages + self._begun - self._left
        self._bar.update(self._task, description=f"{text:<48.48}", completed=at)

    def ends(self, content: dict[str, Any], *, fresh: bool) -> None:
        """A day is settled, now or before."""
        seconds = time.monotonic() - self._started
        self._done += 1
        if self._bar:
            self._bar.update(self._task, completed=self._done * self._stages)
        if not self._bar or not fresh:
            how = f"settled in {seconds:.1f} s" if fresh else "was settled before, inputs unchanged"
            orders = content["outputs"]["orders.parquet"]["rows"]
            self._console.print(
                f"{self._day}  {how}: {orders} orders, payouts {yuan(content['sums']['payouts_net_fen'])} yuan",
                highlight=False, soft_wrap=True, markup=False,
            )  # fmt: skip


def closing_table(console: Console, contents: Iterable[dict[str, Any]]) -> None:
    """A row a day: rows in, quarantined, orders, money kept, payouts."""
    table = Table(title="Settled days", title_justify="left")
    for name, side in (("Day", "left"), ("Rows in", "right"), ("Quarantined", "right"), ("Orders qualified", "right"),
                       ("Yuan kept", "right"), ("Payouts", "right"), ("Yuan paid out, net", "right")):  # fmt: skip
        table.add_column(name, justify="left" if side == "left" else "right", no_wrap=True)
    for content in contents:
        totals = content["totals"].values()
        table.add_row(
            content["business_date"], f"{sum(row['rows_in'] for row in totals):,}",
            f"{sum(row['rows_quarantined'] for row in totals):,}",
            f"{content['outputs']['orders.parquet']['rows']:,}", yuan(content["sums"]["orders_kept_fen"]),
            f"{content['outputs']['payouts.parquet']['rows']:,}", yuan(content["sums"]["payouts_net_fen"]),
        )  # fmt: skip
    console.print(table)


def where_things_are(console: Console, home: Home, day: date) -> None:
    """The last lines of a run: payout files, ledger snapshot, report of the last day."""
    folder = home.settlement(day)
    for label, path in (("Payout files", folder / "payouts"), ("Ledger snapshot", folder / "balances.parquet"),
                        ("Report", folder / "report.html")):  # fmt: skip
        console.print(f"{label + ':':<17}{path}", highlight=False, soft_wrap=True, markup=False)
