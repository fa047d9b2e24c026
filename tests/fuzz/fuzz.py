"""Hostile input: thousands of broken exports and rules, each ends in a refusal or a quarantine.

``python -m tests.fuzz --inputs 10000 --seed 1`` tries them, ``--only 4711`` one of them again.
Holds: the loop over processes, the time limit, the summary, saving what failed.
Never holds: the inputs (``inputs.py``), the judgement (``oracle.py``).
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.fuzz.inputs import write_input
from tests.fuzz.worker import Result, serve

_SECONDS = {"intake": 30, "day": 90, "command": 260, "mixed": 260}
_START = 120  # a process may take so long to be ready
OUTCOMES = ("refused", "rules", "quarantined", "taken", "fault")


class _Worker:
    """A process and the input that it has at hand."""

    def __init__(self, scratch: Path, seed: int, ways: str) -> None:
        self._scratch, self._seed, self._ways = scratch, seed, ways
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, self._scratch), daemon=True)
        self.process.start()
        theirs.close()
        self.number, self.limit = -1, 0.0
        self._fresh = True

    def give(self, number: int, seconds: float) -> None:
        self.number = number
        self.limit = time.monotonic() + seconds + (_START if self._fresh else 0)
        self._fresh = False
        self.pipe.send((self._seed, number, self._ways))

    def lost(self, why: str) -> Result:
        """The result of an input that ended its process; another process takes its place."""
        self.process.kill()
        self.process.join()
        look = self._scratch.with_name(f"{self._scratch.name}-look")
        one = write_input(look, self._seed, self.number, self._ways)
        shutil.rmtree(look, ignore_errors=True)
        tail = self._scratch / "stderr"
        said = tail.read_bytes()[-600:].decode("utf-8", "replace") if tail.is_file() else ""
        why = why or f"the process died (exit code {self.process.exitcode})"
        result = Result(self.number, one.way, one.file, one.form, one.mutation, "fault", (f"{why}: {said}",), "", 0, 0)
        self._start()
        return result

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def run(seed: int, numbers: Sequence[int], *, ways: str = "mixed", workers: int = 1, scratch: Path) -> Iterator[Result]:
    """Judge inputs by number; results come as they are done."""
    left = iter(numbers)
    crew = [_Worker(scratch / f"worker-{n}", seed, ways) for n in range(workers)]
    busy = [worker for worker in crew if _next(worker, left, ways)]
    try:
        while busy:
            ready = set(wait([worker.pipe for worker in busy], timeout=0.5))
            for worker in list(busy):
                if worker.pipe in ready:
                    try:
                        result = worker.pipe.recv()
                    except (EOFError, OSError):
                        result = worker.lost("")
                elif time.monotonic() > worker.limit:
                    result = worker.lost("no end within the time limit")
                else:
                    continue
                yield result
                if not _next(worker, left, ways):
                    busy.remove(worker)
    finally:
        for worker in crew:
            worker.stop()


def _next(worker: _Worker, left: Iterator[int], ways: str) -> bool:
    number = next(left, None)
    if number is None:
        return False
    worker.give(number, _SECONDS[ways])
    return True


def _table(results: list[Result]) -> Table:
    table = Table(title="What became of them", title_justify="left", box=None)
    for name in ("File", "Form", "Mutation"):
        table.add_column(name)
    for name in ("Inputs", *OUTCOMES):
        table.add_column(name, justify="right")
    kinds: dict[tuple[str, str, str], Counter[str]] = {}
    for one in results:
        file = "rules" if one.file == "rules" else "control" if one.file == "control" else "exports"
        kinds.setdefault((file, one.form, one.mutation), Counter())[one.outcome] += 1
    for kind, counts in sorted(kinds.items()):
        table.add_row(
            *kind, f"{counts.total():,}", *(f"{counts[name] or '':,}" if counts[name] else "" for name in OUTCOMES)
        )
    total = Counter(one.outcome for one in results)
    table.add_row("all", "", "", f"{len(results):,}", *(f"{total[name]:,}" for name in OUTCOMES), style="bold")
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when an input failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000, help="how many (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from (default 1)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", type=int, help="this number alone")
    parser.add_argument("--ways", choices=("mixed", "intake", "day", "command"), default="mixed",
                        help="intake alone, whole days, the command line, or some of each (default)")  # fmt: skip
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")
    parser.add_argument(
        "--keep", type=Path, help="where failing inputs are saved (default: a new folder in the temporary one)"
    )
    given = parser.parse_args(arguments)
    numbers = [given.only] if given.only is not None else range(given.first, given.first + given.inputs)
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=140)
    keep = given.keep or Path(tempfile.gettempdir()) / f"settle-fuzz-{given.seed}"
    results: list[Result] = []
    bad = 0
    started = time.perf_counter()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with tempfile.TemporaryDirectory(prefix="settle-fuzz-") as scratch, Progress(*columns, console=out) as progress:
        task = progress.add_task("fuzzing", total=len(numbers))
        with contextlib.suppress(KeyboardInterrupt):  # what was tried until then is told
            for one in run(given.seed, numbers, ways=given.ways, workers=given.workers, scratch=Path(scratch)):
                results.append(one)
                if one.outcome == "fault":
                    _save(out, one, given.seed, given.ways, keep)
                bad += one.outcome == "fault"
                if not out.is_terminal and len(results) % 500 == 0:  # a log has no bar
                    out.print(f"{len(results):,} inputs, {bad} failed, {time.perf_counter() - started:.0f} s")
                progress.update(task, advance=1, description=f"fuzzing, {bad} failed" if bad else "fuzzing")
    out.print(_table(results))
    seconds = time.perf_counter() - started
    by_way = Counter(one.way for one in results)
    out.print(
        f"{len(results):,} inputs ({', '.join(f'{count:,} {way}' for way, count in sorted(by_way.items()))}) in"
        f" {seconds:.0f} s, {len(results) / seconds:.1f} a second; slowest {max(one.seconds for one in results):.1f} s,"
        f" most memory {max(one.peak for one in results) >> 20} MiB"
    )
    if given.only is not None:
        out.print(results[0], markup=False)
    return 1 if any(one.outcome == "fault" for one in results) else 0


def _save(out: Console, one: Result, seed: int, ways: str, keep: Path) -> None:
    place = keep / str(one.number)
    shutil.rmtree(place, ignore_errors=True)
    write_input(place, seed, one.number, ways)
    (place / "fault.txt").write_text("\n\n".join(one.faults) + "\n", encoding="utf-8", errors="backslashreplace")
    again = f"python -m tests.fuzz --seed {seed} --only {one.number}" + (f" --ways {ways}" if ways != "mixed" else "")
    first = one.faults[0].splitlines()[0][:200].encode("ascii", "backslashreplace").decode()
    out.print(
        f"{one.number}: {one.way}, {one.file} ({one.form}), {one.mutation}: {first}\n  {again}\n  {place}", markup=False
    )
