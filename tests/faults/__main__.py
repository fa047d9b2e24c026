"""``python -m tests.faults`` from the top of the tree: settle a day of a small home once for every fault.

Holds: the options, the progress line and the summary.
Never holds: a trial (``trying.py``) or the choice of faults (``sampling.py``).
Neighbour: ``make faults`` runs it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.faults.cases import NAMES
from tests.faults.sampling import all_faults, sample
from tests.faults.tracer import Fault, Point
from tests.faults.trying import Prepared, Trial, prepare, try_all, warm_processes

_SAMPLE = 60


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    made.add_argument("--seed", type=int, default=1, help="chooses the sample and the errors (1)")
    made.add_argument("--home", choices=NAMES, default="small", help="which home (small)")
    made.add_argument("--all", action="store_true", help="every kill at every point and an error at every point")
    made.add_argument("--sample", type=int, default=_SAMPLE, help=f"how many faults without --all ({_SAMPLE})")
    made.add_argument("--fault", type=Fault.parse, help="this one fault alone, as a summary names it")
    made.add_argument("--real", action="store_true", help="with --fault: a program of its own")
    made.add_argument("--workers", type=int, default=2, help="runs at a time (2)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Try faults and sum up; returns 0, or 1 when one of them did harm."""
    options = parser().parse_args(arguments)
    console, started = Console(), time.monotonic()
    with tempfile.TemporaryDirectory() as made, warm_processes(options.workers) as warm:
        folder = Path(made).resolve()
        prepared = prepare(options.home, folder, warm[0])
        if options.fault:
            faults = [(options.fault, options.real)]
        elif options.all:
            faults = all_faults(prepared.points, options.seed)
        else:
            faults = sample(prepared.points, options.seed, options.sample)
        words = f"{options.home} {prepared.day}, seed {options.seed}"
        tried = list(
            track(
                try_all(warm, prepared, faults, folder), total=len(faults), console=console,
                description=words, disable=not console.is_terminal,
            )
        )  # fmt: skip
    console.print(summary(prepared, tried, words))
    bad = [one for one in tried if one.problem]
    for one in bad:
        again = f"--home {options.home} --fault '{one.fault}'{' --real' if one.real else ''}"
        console.print(
            f"{one.problem}\n    python -m tests.faults {again}", markup=False, highlight=False, soft_wrap=True
        )
    console.print(f"{closing(prepared.points, tried)}, {time.monotonic() - started:.0f} s", soft_wrap=True)
    return 1 if bad else 0


def folder_of(point: Point) -> str:
    """The folder that a point is counted under: without the day, so that it says where."""
    parts = point.path.split("/")[:-1]
    return "/".join(part for part in parts if not part[:1].isdigit()) + "/" if parts else "./"


def summary(prepared: Prepared, tried: Iterable[Trial], title: str) -> Table:
    """Points by call and folder: how many there are, how many faults were tried and how the home stood after them."""
    table = Table(title=title, title_justify="left")
    columns = ("points", "tried", "killed", "failed calls", "at D-1", "at D", "not reached", "at fault")
    for name in ("call", "folder", *columns):
        table.add_column(name, justify="left" if name in ("call", "folder") else "right")
    rows: dict[tuple[str, str], Counter[str]] = {}
    for point in prepared.points:
        rows.setdefault((point.call, folder_of(point)), Counter())["points"] += 1
    for one in tried:
        row = rows.setdefault((one.fault.point.call, folder_of(one.fault.point)), Counter())
        stood = {"D-1": "at D-1", "D": "at D"}.get(one.stands, "not reached")
        row.update(["tried", "killed" if one.fault.kills else "failed calls", "at fault" if one.problem else stood])
    total = sum(rows.values(), Counter())
    for (call, folder), row in sorted(rows.items()):
        table.add_row(call, folder, *(f"{row[name]:,}" for name in columns))
    table.add_section()
    table.add_row("all", "", *(f"{total[name]:,}" for name in columns))
    return table


def closing(points: Sequence[Point], tried: Sequence[Trial]) -> str:
    """The last line: points by kind, faults tried and survived."""
    kinds = ", ".join(f"{count} {call}" for call, count in Counter(point.call for point in points).most_common())
    survived = sum(1 for one in tried if not one.problem and one.stands)
    real = sum(1 for one in tried if one.real)
    return f"{len(points)} points ({kinds}); {len(tried)} faults tried, {real} as a program, {survived} survived"


if __name__ == "__main__":
    sys.exit(main())
