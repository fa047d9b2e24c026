"""The benchmark: a home of the size asked for, one day of it through the real job, and the copy floor of that day.

Holds: the options and the order of a run.
Never holds: measuring (``day.py``, ``floor.py``) or making a home (``making.py``): each has a process of its own.
Neighbour: ``make bench`` runs it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench.fresh import PartError, ask
from tests.bench.kept import KEPT, keep, last_like, regression
from tests.bench.showing import console, show_profile, show_run

MODES = ("fifo", "average", "pro_rata", "seats")
_SCRATCH = ".floor"  # in the home, so that the copy is written to the disk that the day was written to
_FLOORS = 3  # a copy is short, and one of them says little: the median counts
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code: 0 done, 1 a part of it failed, 130 interrupted."""
    options = parser().parse_args(arguments)
    out = console()
    try:
        with _home(options.home) as home:
            run = _run(out, options, home)
    except PartError as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    file = options.json or KEPT
    show_run(out, run)
    out.print(regression(run, last_like(run["parameters"], file)), soft_wrap=True, markup=False)
    if options.profile:
        out.print()
        show_profile(out, run["day"])
    if options.json:
        keep(run, file)
    return 0


# --- the options -------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """The options, each with what it is without being given."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Settle one day of a generated home and compare its cost with that of copying what it reads and"
        " writes.",
    )  # fmt: skip
    add = options.add_argument
    add("--orders", type=number, default=100_000, metavar="N", help="orders of the day: 10M, 1M, any number (100k)")
    add("--waiting", type=_whole, default=5, metavar="K", help="waiting tickets, K an order (5)")
    add("--mode", choices=MODES, default="fifo", help="discipline of the queues (fifo)")
    add("--seed", type=_whole, default=1, metavar="N", help="another seed makes another home of the same size (1)")
    add("--threads", type=number, metavar="N", help="threads of the engine and of Polars; all cores if not given")
    add("--memory", type=number, metavar="BYTES", help="memory of the engine, as 4G or 800M; its own if not given")
    add("--home", type=Path, metavar="DIR", help="keep the home in DIR, and take it again if it is of this size")
    add("--repeat", type=number, default=1, metavar="N", help="settle the day N times, show the run of median ratio")
    add("--profile", action="store_true", help="say where the time goes: statements and pieces of Python")
    add("--json", type=Path, nargs="?", const=KEPT, metavar="FILE", help=f"keep the run, in FILE or in {KEPT.name}")
    return options


def number(text: str) -> int:
    """A whole number from 1, with k, M or G after it."""
    found = re.fullmatch(r"(\d[\d_]*)([kMG]?)", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed a whole number from 1, with k, M or G after it")
    return int(found[1]) * _UNITS[found[2]]


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed a whole number from 0")
    return int(text)


# --- the run -----------------------------------------------------------------------------------------------------


@contextmanager
def _home(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="settle-bench-") as folder:
        yield Path(folder, "home")


def _run(out: Console, options: argparse.Namespace, home: Path) -> dict[str, Any]:
    size = {name: getattr(options, name) for name in ("orders", "waiting", "mode", "seed")}
    rounds = []
    for turn in range(1, options.repeat + 1):
        again = f" ({turn} of {options.repeat})" if options.repeat > 1 else ""
        with _step(out, f"making a home of {options.orders:,} orders{again}"):
            made = ask("making", {"home": str(home), "size": size})
        rounds.append(_round(out, options, home, made, again))
    rounds.sort(key=lambda one: one["ratio"])
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": {**size, "threads": options.threads or _cores(), "memory": options.memory},
        "software": {name: version(name) for name in ("dagster", "duckdb", "polars")},
        "home": made,
        **rounds[(len(rounds) - 1) // 2],
        "ratios": [one["ratio"] for one in rounds],
    }


def _round(out: Console, options: argparse.Namespace, home: Path, made: dict[str, Any], again: str) -> dict[str, Any]:
    """The day, and right after it the floor, so that both find the machine in the same state."""
    where = {"home": str(home), "day": made["day"]}
    wanted = {"threads": options.threads, "memory": options.memory, "profile": options.profile}
    with _step(out, f"settling {made['day']}{again}"):
        day = ask("day", {**where, **wanted}, options.threads)
    copied = {**where, "prior": made["prior"], "scratch": str(home / _SCRATCH)}
    with _step(out, f"copying what {made['day']} read and wrote{again}"):
        floors = [ask("floor", copied, options.threads) for _ in range(_FLOORS)]
    floor = sorted(floors, key=lambda one: one["seconds"])[_FLOORS // 2]
    return {"day": day, "floor": floor, "ratio": day["seconds"] / floor["seconds"]}


@contextmanager
def _step(out: Console, what: str) -> Iterator[None]:
    """Say what is going on: a moving line in a terminal, a line that stays in a log."""
    os.sync()  # what the step before left to be written is none of this one's time
    if out.is_terminal:
        with out.status(what):
            yield
    else:
        out.print(what)
        yield


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
