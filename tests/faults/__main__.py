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
from contextlib import closing, suppress
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.faults.cases import NAMES
from tests.faults.sampling import all_faults, sample
from tests.faults.server import WAYS
from tests.faults.tracer import ERRORS, KILLS, Fault, Point, refusal
from tests.faults.trying import Prepared, Trial, prepare, try_all, warm_processes

_SAMPLE = 60
_WORD = 50  # trials after which a log hears how far it is


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.splitlines()[0])
    made.add_argument("--seed", type=int, default=1, help="chooses the sample and the errors (1)")
    made.add_argument("--home", choices=NAMES, default="small", help="which home (small)")
    made.add_argument("--all", action="store_true", help="every kill at every point and an error at every point")
    made.add_argument("--how", nargs="+", choices=(*KILLS, *ERRORS), help="only faults of these kinds")
    made.add_argument("--sample", type=int, default=_SAMPLE, help=f"how many faults without --all ({_SAMPLE})")
    made.add_argument("--fault", type=Fault.parse, help="this one fault alone, as a summary names it")
    made.add_argument("--way", choices=WAYS, default="cli", help="with --fault: how it is run (cli)")
    made.add_argument("--workers", type=int, default=2, help="runs at a time (2)")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Try faults and sum up; returns 0, 1 when one of them did harm, 2 when none can be dealt."""
    options = parser().parse_args(arguments)
    if reason := refusal():
        sys.stderr.write(f"faults cannot be dealt here: {reason}\n")
        return 2
    console, started = Console(), time.monotonic()
    with tempfile.TemporaryDirectory() as made, warm_processes(options.workers) as warm:
        folder = Path(made).resolve()
        prepared = prepare(options.home, folder, warm[0])
        if options.fault:
            faults = [(options.fault, options.way)]
        elif options.all:
            faults = all_faults(prepared.points, options.seed)
        else:
            faults = sample(prepared.points, options.seed, options.sample)
        if options.how:
            faults = [one for one in faults if one[0].how in options.how]
        words = f"{options.home} {prepared.day}, seed {options.seed}"
        tried: list[Trial] = []
        trials = try_all(warm, prepared, faults, folder)
        with suppress(KeyboardInterrupt), closing(trials):  # what was tried until then is summed up
            for one in track(trials, words, len(faults), console=console, disable=not console.is_terminal):
                tried.append(one)
                if not console.is_terminal and len(tried) % _WORD == 0:
                    console.print(f"{len(tried)} of {len(faults)} tried")
                if one.problem:
                    again = f"--home {options.home} --fault '{one.fault}' --way {one.way}"
                    said = f"{one.problem}\n    python -m tests.faults {again}"
                    console.print(said, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(prepared, tried, words))
    console.print(f"{last_line(prepared.points, tried)}, {time.monotonic() - started:.0f} s", soft_wrap=True)
    return 1 if any(one.problem for one in tried) else 0


def folder_of(point: Point) -> str:
    """The folder that a point is counted under: without the day, so that it says where."""
    parts = point.path.split("/")[:-1]
    return "/".join(part for part in parts if not part[:1].isdigit()) + "/" if parts else "./"


def summary(prepared: Prepared, tried: Iterable[Trial], title: str) -> Table:
    """Points by call and folder: how many there are, how many faults were tried (the process killed, the call failed)
    and how the home stood after them; missed: the run did not come past the point."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    columns = ("points", "killed", "failed", "D-1", "D", "missed", "harm")
    for name in ("call", "folder", *columns):
        table.add_column(name, justify="left" if name in ("call", "folder") else "right", min_width=len(name))
    rows: dict[tuple[str, str], Counter[str]] = {}
    for point in prepared.points:
        rows.setdefault((point.call, folder_of(point)), Counter())["points"] += 1
    for one in tried:
        row = rows.setdefault((one.fault.point.call, folder_of(one.fault.point)), Counter())
        row["killed" if one.fault.kills else "failed"] += 1
        row["harm" if one.problem else one.stands or "missed"] += 1
    total = sum(rows.values(), Counter())
    for (call, folder), row in sorted(rows.items()):
        table.add_row(call, folder, *(f"{row[name]:,}" for name in columns))
    table.add_section()
    table.add_row("all", "", *(f"{total[name]:,}" for name in columns))
    return table


def last_line(points: Sequence[Point], tried: Sequence[Trial]) -> str:
    """The last line: points by kind, faults tried and survived."""
    kinds = ", ".join(f"{count} {call}" for call, count in Counter(point.call for point in points).most_common())
    survived = sum(1 for one in tried if not one.problem and one.stands)
    ways = ", ".join(f"{count} {way}" for way, count in Counter(one.way for one in tried).most_common())
    return f"{len(points)} points ({kinds}); {len(tried)} faults tried ({ways}), {survived} survived"


if __name__ == "__main__":
    sys.exit(main())
