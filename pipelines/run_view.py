"""What a person or a script sees of `settle run`: stages at work, a line or an object a day, a closing table.

Holds: the wording and the layout.
Never holds: what is run; figures, which are those that the days sealed (``assets/closing.py``).
Neighbour: ``cli.py`` opens a view around ``running.py``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from assets.closing import Closing
from assets.units import yuan
from pipelines.desk import Done
from pipelines.terminal import counted, open_table

_WIDE = 110  # columns from which every figure of the closing table has a column of its own
_AROUND = 4  # lines of the live area that are no finished stage
_BAR = 16
_QUICK = 0.05  # seconds below which a stage that touched no row is not worth a line


def figure(facts: Mapping[str, int | str]) -> str:
    """What a stage did in a few words: its rows, and the first sum of money or else the first count that is not 0."""
    numbers = {name: value for name, value in facts.items() if isinstance(value, int) and value}
    said = [counted(numbers.pop("rows"), "row")] if "rows" in numbers else []
    money = next((name for name in numbers if name.endswith(", fen")), "")
    other = next((name for name in numbers if ", " not in name), "")
    if money:
        said.append(f"{money.removesuffix(', fen')} {yuan(numbers[money])} yuan")
    elif other:
        said.append(f"{numbers[other]:,} {other}")
    return ", ".join(said)


class RunView:
    """A run as it goes. In a terminal a live area: the day, the stages that are done with seconds and figure, the one
    at work. Elsewhere a line a day and no more."""

    def __init__(self, console: Console, days: int, stages: int) -> None:
        self._console, self._days, self._stages = console, days, stages
        self._settled, self._day, self._begun, self._at_work = 0, "", 0.0, ("", "")
        self._done: list[tuple[str, Done]] = []
        self._spinner = Spinner("line")
        self._live = Live(self, console=console, transient=True) if console.is_terminal else None
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> RunView:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Group(self._head(), *self._finished(max(1, console.height - _AROUND)), self._work())

    def _head(self) -> Table:
        head = Table.grid(padding=(0, 2))
        bar = ProgressBar(self._days * self._stages, self._settled * self._stages + len(self._done), width=_BAR)
        of = f"day {min(self._settled + 1, self._days)} of {self._days}" if self._days > 1 else ""
        head.add_row(Text(self._day or "starting", style="bold"), of, bar, f"{self._elapsed():.0f} s")
        return head

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun if self._begun else 0.0

    def _finished(self, most: int) -> Sequence[Table]:
        """The newest stages that did something, as many as there is room for."""
        rows = [one for one in self._done if figure(one[1].facts) or one[1].seconds >= _QUICK][-most:]
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for name, done in rows:
            table.add_row(f"✓ {_spoken(name)}", f"{done.seconds:.2f} s", Text(figure(done.facts)))
        return [table] if rows else []

    def _work(self) -> Table:
        name, detail = self._at_work
        line = Table.grid(padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_row(self._spinner, Text(f"{_spoken(name)}{f': {detail}' if detail else ''}"))
        return line

    def starts(self, day: date) -> None:
        """A day begins."""
        self._day, self._begun, self._done, self._at_work = day.isoformat(), time.monotonic(), [], ("", "")

    def stage(self, name: str, detail: str) -> None:
        """A stage begins, or says how far it is."""
        self._at_work = (name, detail)

    def done(self, name: str, done: Done) -> None:
        """A stage is done."""
        self._done.append((name, done))

    def ends(self, day: Closing, *, fresh: bool) -> None:
        """A day is settled, now or before."""
        seconds = self._elapsed()
        self._settled += 1
        if fresh:
            self.seconds[day.date] = seconds
        if self._live and self._days > 1:  # the closing table says it
            return
        if self._live and fresh:  # of a single day the stages stay to be read
            self._console.print(*self._finished(self._stages))
            return
        how = f"settled in {seconds:.1f} s" if fresh else "was settled before, inputs unchanged"
        self._console.print(
            f"{self._day}  {how}: {counted(day.orders, 'order')}, payouts {yuan(day.net_fen)} yuan",
            highlight=False, soft_wrap=True, markup=False,
        )  # fmt: skip


def _spoken(name: str) -> str:
    return name.replace("_", " ")


# Two figures that share a column where there is no room for one each.
_PAIRS = (("Day", "seconds"), ("Orders", "quarantined"), ("Contributed",), ("Paid out", "tax"), ("In transit",),
          ("Pools",))  # fmt: skip


def _cells(day: Closing, seconds: float | None) -> dict[str, str]:
    return {
        "Day": day.date,
        "Orders": f"{day.orders:,}",
        "quarantined": f"{day.quarantined:,}",
        "Contributed": yuan(day.contributed_fen),
        "Paid out": yuan(day.net_fen),
        "tax": yuan(day.tax_fen),
        "In transit": yuan(day.in_transit_fen),
        "Pools": yuan(day.pools_fen),
        "seconds": "before" if seconds is None else f"{seconds:.1f}",
    }


def closing_table(console: Console, days: Sequence[Closing], seconds: Mapping[str, float]) -> None:
    """A row a day, money in yuan; of several days the sums too, with transit and pools as they stood at the end."""
    rows = [_cells(day, seconds.get(day.date)) for day in days]
    if len(days) > 1:
        last = days[-1]
        names = ("orders", "quarantined", "contributed_fen", "net_fen", "tax_fen")
        sums = {name: sum(getattr(day, name) for day in days) for name in names}
        total = last.model_copy(update={**sums, "date": counted(len(days), "day")})
        rows.append(_cells(total, sum(seconds.values())))
    wide = console.width >= _WIDE
    heads = [*(name for pair in _PAIRS for name in pair if name != "seconds"), "seconds"] if wide else []
    columns: Sequence[Sequence[str]] = [(name,) for name in heads] or _PAIRS
    titles = ["\n".join(pair).capitalize() for pair in columns]
    table = open_table("Settled days, yuan", titles[:1], titles[1:], kept=titles)
    for place, row in enumerate(rows):
        if place == len(days):
            table.add_section()
        table.add_row(*("\n".join(row[name] for name in pair) for pair in columns))
    console.print(table)


def json_line(day: Closing, seconds: float | None) -> str:
    """A settled day in one line for scripts: money in fen; ``seconds`` is null where it was settled before."""
    return json.dumps({**day.model_dump(), "seconds": None if seconds is None else round(seconds, 3)})
