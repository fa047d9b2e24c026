"""Trying faults: a copy of a home, a run that meets its fault, the judgement, and the run after it.

Holds: the connection to the warm processes, the undisturbed run that names all points, one trial.
Never holds: which points are tried (``sampling.py``), how a fault is dealt (``tracer.py``).
Neighbour: ``oracle.py`` says how a home may stand.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from tests.faults.cases import write_case
from tests.faults.oracle import Expected, differences, listed, snapshot
from tests.faults.tracer import Fault, Point
from tests.pipelines.homes import environment


@dataclass(frozen=True)
class Ran:
    """How a run of the command line ended (``server.answer``)."""

    code: int
    out: str
    err: str
    hung: bool
    points: tuple[Point, ...] = ()
    dealt: bool = False


class Warm:
    """A warm process that runs the command line, by the pipes to it and from it."""

    def __init__(self, asked: IO[str], told: IO[str]) -> None:
        self._asked, self._told = asked, told

    def run(self, home: Path, *words: object, way: str = "cli", traced: bool = False, fault: str = "") -> Ran:
        """Run ``settle`` with ``words`` on ``home``; see ``server.Request``."""
        asked = {"home": str(home), "words": [str(word) for word in words], "way": way, "traced": traced,
                 "fault": fault}  # fmt: skip
        self._asked.write(json.dumps(asked) + "\n")
        self._asked.flush()
        line = self._told.readline()
        if not line:
            raise ChildProcessError("the warm process is gone; what it said stands above")
        found: dict[str, Any] = json.loads(line)
        found["points"] = tuple(Point.parse(text) for text in found.get("points", ()))
        return Ran(**found)

    def settle(self, home: Path, day: date, **how: Any) -> Ran:
        """`settle run` of one day."""
        return self.run(home, "run", "--home", home, "--date", day, **how)


@dataclass(frozen=True)
class Prepared:
    """A case ready to be faulted: the home with the days before settled, how it may stand, and all its points."""

    name: str
    template: Path
    expected: Expected
    points: tuple[Point, ...]

    @property
    def day(self) -> date:
        """The day that is faulted."""
        return self.expected.day


def prepare(name: str, folder: Path, warm: Warm) -> Prepared:
    """Write a case, settle the days before, and record an undisturbed run of its day on a copy of it.

    Raises AssertionError when that run fails or leaves what `settle verify` finds at fault.
    """
    home, earlier, day = write_case(name, folder / "template")
    for each in earlier:
        ran = warm.settle(home.root, each, way="desk")
        assert ran.code == 0, f"{name} {each}: {ran.err}"
    copy = folder / "undisturbed"
    shutil.copytree(home.root, copy)
    ran = warm.settle(copy, day, traced=True)
    assert ran.code == 0, f"{name} {day}: {ran.err}"
    verified = warm.run(copy, "verify", "--home", copy)
    assert verified.code == 0, verified.out
    return Prepared(name, home.root, Expected(day, snapshot(home.root), snapshot(copy)), ran.points)


@dataclass(frozen=True)
class Trial:
    """A fault that was tried. ``stands``: ``D-1``, ``D``, or "" when the run did not come past the point.

    ``problem`` is "" when all is well; ``way``: how it was run (``server.Request``).
    """

    fault: Fault
    way: str
    stands: str
    problem: str


def try_fault(warm: Warm, prepared: Prepared, fault: Fault, folder: Path, *, way: str = "cli") -> Trial:
    """Meet a fault on a copy of the case below ``folder``, judge the home, run again, and judge it again."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        home = Path(made).resolve() / "home"
        shutil.copytree(prepared.template, home)
        ran = warm.settle(home, prepared.day, way=way, traced=True, fault=str(fault))
        stands, problem = "", ""
        try:
            stands = prepared.expected.stands(snapshot(home))
            problem = wrong_end(fault, ran, stands)
            # At the desk a settled day is no day to settle; the command line says so and ends well.
            after = warm.settle(home, prepared.day, way="desk" if way == "desk" and stands == "D-1" else "cli")
            problem = problem or _wrong_rerun(after, prepared, home)
        except AssertionError as wrong:
            problem = str(wrong)
        return Trial(fault, way, stands if ran.dealt else "", problem)


def wrong_end(fault: Fault, ran: Ran, stands: str) -> str:
    """What is wrong with how a run ended, or ""."""
    if ran.hung:
        return "the run hung"
    if not ran.dealt or ran.code == 0:
        if ran.dealt and fault.kills:
            return "the process outlived its end"
        return "" if ran.code == 0 and stands == "D" else f"exit code {ran.code} and the home at {stands}"
    if fault.kills:
        return "" if ran.code == -signal.SIGKILL else f"killed, but ended with {ran.code}: {ran.err}"
    if ran.code != 1:
        return f"exit code {ran.code}, expected 0 or 1: {ran.err[-500:]}"
    return _unclear(fault, ran.err, stands)


def _unclear(fault: Fault, said: str, stands: str) -> str:
    """What is wrong with what a refused run said, or ""."""
    lines = said.splitlines()
    reason = os.strerror(getattr(errno, fault.how))
    if len(lines) != 1 or not lines[0].startswith("refused: ") or reason not in lines[0]:
        return f"said {said!r}, expected one line of refusal with {reason!r}"
    nothing = any(claim in lines[0] for claim in ("nothing was published", "nothing was settled"))
    if nothing != (stands == "D-1"):
        return f"said {said!r} with the home at {stands}"
    return ""


def _wrong_rerun(ran: Ran, prepared: Prepared, home: Path) -> str:
    """What is wrong with the run after the fault, or ""."""
    if ran.code or ran.err:
        return f"the next run ended with {ran.code}: {ran.err}"
    if wrong := differences(snapshot(home), prepared.expected.whole):
        return f"after the next run: {listed(wrong)}"
    return "left-over staging" if (home / ".staging").exists() else ""


@contextmanager
def warm_processes(count: int) -> Iterator[list[Warm]]:
    """So many warm processes, imported once and forked; an interruption lets the runs at work end."""
    with ExitStack() as open_:
        ours, theirs = [], []
        for _ in range(count):
            (requests, asked), (told, answers) = os.pipe(), os.pipe()
            ours.append((asked, told))
            theirs += [requests, answers]
        words = [sys.executable, "-m", "tests.faults.server", *map(str, theirs)]
        process = subprocess.Popen(words, env=environment(), pass_fds=theirs, start_new_session=True)
        open_.callback(process.wait)  # once our ends are closed
        for pipe in theirs:
            os.close(pipe)
        made = []
        for asked, told in ours:
            lines = (os.fdopen(pipe, mode, encoding="utf-8") for pipe, mode in ((asked, "w"), (told, "r")))
            made.append(Warm(*map(open_.enter_context, lines)))
        yield made


def try_all(warm: list[Warm], prepared: Prepared, faults: Iterable[tuple[Fault, str]], folder: Path) -> Iterator[Trial]:
    """Try faults, each in its way, as many at a time as there are warm processes."""
    free: queue.SimpleQueue[Warm] = queue.SimpleQueue()
    for one in warm:
        free.put(one)

    def one(fault: Fault, way: str) -> Trial:
        mine = free.get()
        try:
            return try_fault(mine, prepared, fault, folder, way=way)
        finally:
            free.put(mine)

    with ThreadPoolExecutor(len(warm)) as pool:
        tasks = [pool.submit(one, *each) for each in faults]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:
            for task in tasks:
                task.cancel()
