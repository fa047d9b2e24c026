"""A year of equal days, settled one after the other: whether the last one costs what an early one did.

Holds: the exports of every day, drawn from one seed (the same members throughout, refunds of every age, results of the
payouts of the day before), and the figures of the days.
Never holds: a day's settling; one large day by itself (``bench.py``).
Neighbour: ``make bench-year`` runs it; ``generate.py`` draws members and orders.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from assets.foundation.store import Home, HomeLock
from assets.pruning import disk, prune
from pipelines.running import Runner
from tests.bench.bench import number
from tests.bench.generate import (
    MERCHANTS,
    RULES,
    Size,
    account_rows,
    draw,
    export,
    member_rows,
    merchant_id,
    order_id,
    order_rows,
    orders_drawn,
    people_drawn,
    yuan,
)
from tests.bench.showing import console

FIRST = date(2026, 1, 1)
_YOUNG = range(1, 16)  # ages in days at which 98 of 100 late refunds come, and those of the rest
_OLD = range(30, 331, 15)
_EVERY = 30  # days between two prunings, which keep the disk small; they are not counted
_WINDOW = 2  # days on both sides of a day that its figure is the median of


@dataclass(frozen=True)
class Settled:
    """What one day took: seconds of the whole run, of all processors and of each stage; segments of the state when it
    was sealed.
    """

    day: int
    seconds: float
    processor: float
    stages: dict[str, float]
    segments: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the year; returns the exit code."""
    options = parser().parse_args(arguments)
    with ExitStack() as stack:
        folder = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="settle-year-")), "home")
        days = run(
            console(), Home(folder.resolve()), Size(options.orders, mode="fifo", seed=options.seed), options.days
        )
    if options.json:
        options.json.write_text(json.dumps([vars(one) for one in days], indent=1), encoding="utf-8")
    return 0


def parser() -> argparse.ArgumentParser:
    """The options, each with what it is without being given."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench.year", description="Settle a year of equal days and compare its days."
    )
    add = options.add_argument
    add("--orders", type=number, default=100_000, metavar="N", help="orders of each day: 100k (100k)")
    add("--days", type=number, default=365, metavar="N", help="days (365)")
    add("--seed", type=number, default=1, metavar="N", help="another seed makes another year (1)")
    add("--home", type=Path, metavar="DIR", help="keep the home in DIR, which must not exist")
    add("--json", type=Path, metavar="FILE", help="keep the figures of every day in FILE")
    return options


def run(out: Console, home: Home, size: Size, days: int) -> list[Settled]:
    """Settle the days and show them as they come."""
    home.root.mkdir(parents=True)
    home.rules_file.write_text(RULES.format(mode=size.mode), encoding="utf-8")
    found: list[Settled] = []
    with Runner(home, until=FIRST + timedelta(days=days - 1)) as runner:
        for index in range(days):
            day = FIRST + timedelta(days=index)
            write_day(home, size, index)
            started, worked = time.perf_counter(), time.process_time()
            outcome = runner.settle(day)
            seconds, processor = time.perf_counter() - started, time.process_time() - worked
            segments = sum(len(parts) for parts in outcome.seal.content["state"].values())
            stages = {name: done.seconds for name, done in outcome.stages}
            found.append(Settled(index + 1, seconds, processor, stages, segments))
            if out.is_terminal or index % 10 == 9:
                out.print(f"day {index + 1}: {seconds:.2f} s, {segments} segments", highlight=False)
            if index % _EVERY == _EVERY - 1:
                _prune(home)
    _prune(home)
    _show(out, home, found)
    return found


def _prune(home: Home) -> None:
    lock = HomeLock(home, "pruning", "benchmark")
    lock.acquire()
    try:
        prune(home, 1)
    finally:
        lock.release()


def _show(out: Console, home: Home, found: list[Settled]) -> None:
    table = Table(
        "day", "seconds, median of 5", "slowest of 30", "processor, median of 5", "segments",
        title="A year of equal days",
    )  # fmt: skip
    for at in sorted({min(9, len(found) - 1), *range(29, len(found), 30), len(found) - 1}):
        table.add_row(
            str(found[at].day), f"{_median(found, at):.2f}",
            f"{max(one.seconds for one in found[max(0, at - 29) : at + 1]):.2f}",
            f"{_median(found, at, 'processor'):.2f}", str(found[at].segments),
        )  # fmt: skip
    out.print(table)
    # Seconds are what a user waits; those of the processors say the same when the machine has other work, too.
    for name in ("seconds", "processor"):
        early, late = _median(found, min(9, len(found) - 1), name), _median(found, len(found) - 1, name)
        mean = statistics.fmean(getattr(one, name) for one in found)
        out.print(
            f"{name}: day {found[-1].day} / day 10: {late / early:.2f}; mean of all days / day 10: {mean / early:.2f}",
            highlight=False,
        )
    taken = disk(home)
    out.print(
        f"on disk: exports {taken.exports:,}, outputs {taken.outputs:,}, state {taken.state:,} bytes (pruned)",
        highlight=False,
    )


def _median(found: list[Settled], at: int, name: str = "seconds") -> float:
    return statistics.median(getattr(one, name) for one in found[max(0, at - _WINDOW) : at + _WINDOW + 1])


# --- the exports of a day ----------------------------------------------------------------------------------------


def write_day(home: Home, size: Size, index: int) -> None:
    """Write the exports of the day with this number, from 0; the members and merchants come on the first."""
    day = FIRST + timedelta(days=index)
    orders = orders_drawn(size, index * size.orders, size.orders, 50, size.members)
    export(home, day, "orders", order_rows(orders, day))
    if not index:
        people = people_drawn(size, 0, size.members)
        export(home, day, "members", member_rows(people).with_columns(
            pl.col("joined_at").dt.to_string("%Y-%m-%dT%H:%M:%S")))  # fmt: skip
        export(home, day, "payout_accounts", account_rows(people).select(
            "member_id", "channel", "account_no", "account_name", "status"))  # fmt: skip
        shops = pl.select(n=pl.int_range(0, MERCHANTS, dtype=pl.Int64, eager=False))
        export(
            home, day, "merchants", shops.select(merchant_id=merchant_id(pl.col("n")), name=pl.format("Shop {}", "n"))
        )
    export(home, day, "refunds", _refunds(size, index, day))
    if index:
        paid = pl.read_parquet(home.settlement(day - timedelta(days=1)) / "payouts.parquet")
        export(home, day, "payout_results", paid.select(
            "payout_id", status=pl.lit("paid"), amount=yuan(pl.col("net")), reason=pl.lit(""),
            at=pl.lit(f"{day}T10:00:00")))  # fmt: skip
    (home.exports(day) / "_SUCCESS").touch()


def _refunds(size: Size, index: int, day: date) -> pl.DataFrame:
    """One order in a hundred comes back on its day, one in a hundred later, once, at an age drawn with it."""
    parts = []
    for age in (0, *_YOUNG, *_OLD):
        if age > index:
            continue
        orders = orders_drawn(size, (index - age) * size.orders, size.orders, 50, size.members)
        fate, when = draw(pl.col("i"), size.seed * 101 + 70, 100), draw(pl.col("i"), size.seed * 101 + 71, 50 * 315)
        old = when % 50 == 0
        due = pl.when(old).then(_OLD.start + when // 50 % len(_OLD) * _OLD.step).otherwise(1 + when // 50 % len(_YOUNG))
        parts.append(orders.filter(fate == 0 if not age else (fate == 1) & (due == age)))
    gone = pl.concat(parts).with_columns(total=pl.col("unit_price") * pl.col("quantity"))
    part = pl.when(pl.col("i") % 2 == 0).then(pl.col("total")).otherwise(pl.max_horizontal(pl.col("total") // 3, 1))
    return gone.select(
        refund_id=pl.format("R{}", order_id(pl.col("i"))), order_id=order_id(pl.col("i")),
        amount=yuan(part),
        refunded_at=pl.lit(datetime.combine(day, datetime.min.time()).replace(hour=23).isoformat()),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
