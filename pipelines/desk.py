"""The desk a day is settled at: it holds the home's lock, the engine and the day while the stages run.

Holds: opening a day with its first stage, keeping the order of the stages, clearing up after any end.
Never holds: what a stage does (``assets/stages.py``); Dagster's objects (``definitions.py``).
Neighbour: ``definitions.py`` hands every asset to it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from assets.day import Day, open_day
from assets.foundation.audit import Stamp, read_log
from assets.foundation.duck import DISK_FAULTS, DuckEngine
from assets.foundation.errors import Refused
from assets.foundation.settings import EngineName, read_settings
from assets.foundation.store import Home, HomeLock, Seal
from assets.issued import make_up
from assets.needs import settling
from assets.release.makers import enter_settled, make_up_settled
from assets.report import drawing
from assets.stages import STAGES, Stage
from assets.steps import Facts
from assets.wording import Language
from pipelines.engines import open_engine
from pipelines.homes import named_home
from pipelines.people import now, stamp

Listener = Callable[[str, str], None]

# The kernel counts the peak in KiB, on macOS in bytes.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024

# Up to here a day's statements end sooner than threads could share them out: bytes of exports, rows of the state.
_SMALL_EXPORTS, _SMALL_STATE = 1 << 20, 200_000


@dataclass(frozen=True)
class Done:
    """What a finished stage says of itself: its facts, how long it took, what it wrote, the memory it needed.

    ``bytes_written`` counts every file of the day's folder, one that is written beside with the stage that sees its
    end; ``peak_memory`` is the most that the process has held since it started, in bytes.
    """

    facts: Facts
    seconds: float
    bytes_written: int
    peak_memory: int


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _is_small(home: Home, day: date, before: Seal | None) -> bool:
    """Whether one thread and plain plans are the quicker way through a day."""
    state = before.content["state"].values() if before else ()
    exported = sum(path.stat().st_size for path in home.exports(day).iterdir())
    return exported <= _SMALL_EXPORTS and sum(one["rows"] for kept in state for one in kept) <= _SMALL_STATE


def _written(work: Day) -> int:
    """Bytes of the day's files that are whole: in staging or, after the last stage, where it was published."""
    folder = work.staging if work.staging.exists() else work.home.settlement(work.date)
    return _size(str(folder), work.unfinished())


def _size(folder: str, without: tuple[str, ...]) -> int:
    with os.scandir(folder) as entries:
        return sum(
            _size(entry.path, without) if entry.is_dir() else entry.stat().st_size
            for entry in entries
            if not entry.path.startswith(without)
        )


def _whole(part: str) -> str:
    return (
        f"{part} is part of a whole: a day is settled by the job settle_day (all assets at once), or by"
        " `settle run --date`"
    )


class Desk:
    """One day at a time. ``listener(stage, detail)`` hears of progress; ``threads`` and ``memory`` (bytes) bound the
    engine, which spills to the home's staging beyond: by default all cores (a small day: one) and three tenths of the
    machine's memory.
    ``maker`` says who settles, for the log: the login if not given, None for a home whose days are only looked at.
    ``language`` is that of the reports, ``engine`` what runs the statements, both by default the home's.

    ``finished`` names the stages done of the day at work, or of the last one, with what they say of themselves;
    ``on_done`` hears of each as soon as it ends well. ``ahead`` are days that a run settles before its own, whole;
    ``on_day`` hears of each as soon as it is settled, with what its stages and checks say: the run itself does not.
    """

    def __init__(
        self,
        home: Home,
        listener: Listener | None = None,
        threads: int | None = None,
        memory: int | None = None,
        maker: Callable[[], Stamp] | None = stamp,
        language: Language | None = None,
        engine: EngineName | None = None,
    ) -> None:
        self.home, self._listener = home, listener or (lambda *_: None)
        self._engine = engine
        self._threads, self._memory, self._maker, self._language = threads, memory, maker, language
        self._lock: HomeLock | None = None
        self._rights = ExitStack()  # of the day at work
        self._bytes = 0  # of the day's files so far
        self._shapes: dict[str, dict[str, str]] = {}
        self.day: Day | None = None
        self.finished: list[tuple[str, Done]] = []
        self.on_done: Callable[[str, Done], None] = lambda *_: None
        self.ahead: list[date] = []
        self.on_day: Callable[[date, dict[str, Any], list[Any]], None] = lambda *_: None

    def engine(self) -> EngineName:
        """What settles the days at this desk: as asked for, else as the home says, else DuckDB."""
        return self._engine or read_settings(self.home.root).engine or "duckdb"

    def stage(self, stage: Stage, day: date, accept_quarantine: str | None = None) -> Done:
        """Run one stage of ``day``; the first opens it, the last publishes it, any failure clears it away.

        Raises Refused when the stages before it did not run at this desk: a day is settled whole; and when the disk
        is full, faulty, or does not let itself be written to.
        """
        started = time.perf_counter()
        try:
            if stage is STAGES[0]:
                # Kept until the day is closed: what is written beside makes files between the stages, too.
                self._rights.enter_context(self.home.rights().kept())
                self._open(day, accept_quarantine)
            work = self._at_work(stage, day)
            work.progress = partial(self._listener, stage.name)
            work.progress("")
            if self.home.remote:
                self.home.remote.tell = work.progress
            before = self._bytes
            facts = stage.run(work)
            work.state.look()
            work.engine.rest()
            if stage is STAGES[-1]:
                self._sign(day)
            work.done.append(stage.name)
            self._bytes = _written(work)
        except DISK_FAULTS as fault:
            self.close()
            raise Refused(self._failed(day, fault)) from fault
        except BaseException:
            self.close()
            raise
        if stage is STAGES[-1]:
            self.close()
        done = Done(facts, time.perf_counter() - started, self._bytes - before, _peak_memory())
        self.finished.append((stage.name, done))
        self.on_done(stage.name, done)
        return done

    def _failed(self, day: date, fault: Exception) -> str:
        reason = (str(fault).splitlines() or [""])[0]
        if self.home.is_settled(day):  # what failed came after the one rename
            return f"{day} is settled whole, but what follows failed: {reason}. Run the day again to see that it stands"
        return f"{day} could not be settled: {reason}; nothing was published"

    @staticmethod
    def require_whole(day: date, selected: set[str]) -> None:
        """Raise Refused when a run would execute only some of the stages: it could never end in a seal."""
        if missing := [stage.name for stage in STAGES if stage.name not in selected]:
            raise Refused(_whole(f"{', '.join(sorted(selected))} of {day} without {', '.join(missing)}"))

    def _sign(self, day: date) -> None:
        """Enter into the log who settled the day that was just published."""
        seal = self.home.seal(day)
        if seal and self._maker:
            enter_settled(self.home, seal, self._maker())

    def make_up(self, day: date) -> None:
        """Enter what a writer that died did not: into the register of issued payouts what it lacks of all days, into
        the log who settled ``day``. Opening a day does so too, for the one before it."""
        try:
            self._make_up(day)
        except DISK_FAULTS as fault:
            raise Refused(f"the register of issued payouts or the log could not be made up: {fault}") from fault

    def _make_up(self, day: date) -> None:
        lock, rights = HomeLock(self.home, "entering issued payouts", now()), self.home.rights()
        with rights.kept():
            lock.acquire()
            engine = DuckEngine(threads=self._threads)
            try:
                make_up(self.home, engine)
                self._make_up_log(self.home.seal(day))
            finally:
                engine.close()
                lock.release()

    def _make_up_log(self, seal: Seal | None) -> None:
        if seal and self._maker:
            make_up_settled(self.home, seal, self._maker())

    def bring(self, day: date) -> None:
        """See that what ``day`` is made from, or of a settled one what it left, lies on this machine."""
        if self.home.remote:
            self.home.remote.tell = partial(self._listener, STAGES[0].name)
            self.home.bring(settling(day), only=True)

    def _open(self, day: date, accept_quarantine: str | None) -> None:
        self.bring(day)
        lock = HomeLock(self.home, f"settling {day}", now())
        # Whose turn it is can be said without the lock, and a refusal then leaves no trace at all.
        before = self.home.require_turn(day)
        if self._maker:
            read_log(self.home)
        lock.acquire()
        self._lock = lock
        drawing.start()  # it is ready when the report is made
        memory = self._memory or _machine_memory() * 3 // 10
        # Who asks for a number of threads gets days of any size settled alike.
        small = not self._threads and _is_small(self.home, day, before)
        engine = open_engine(
            self.home, self.engine(), threads=self._threads, spill=self.home.staging_root / "spill", memory=memory,
            small=small, shapes=self._shapes,
        )  # fmt: skip
        self.finished, self._bytes = [], 0
        make_up(self.home, engine)
        self._make_up_log(before)  # it may be of a writer that died right after publishing it
        self.day = open_day(self.home, day, engine=engine, accept_quarantine=accept_quarantine, language=self._language)

    def _at_work(self, stage: Stage, day: date) -> Day:
        work = self.day
        if work is None or work.date != day or not set(stage.after) <= set(work.done):
            raise Refused(_whole(f"{stage.name} of {day}"))
        return work

    def close(self) -> None:
        """Forget the day, clear staging, free the home. Does nothing where nothing is open."""
        day, self.day = self.day, None
        lock, self._lock = self._lock, None
        with ExitStack() as ends:  # each whatever becomes of the others, the last one first
            ends.callback(self._rights.close)
            if lock:
                ends.callback(lock.release)
            if day:
                ends.callback(day.engine.close)
                ends.callback(day.state.close)


def home_from_environment() -> Home:
    """The home of SETTLE_HOME, a folder or a URL, else ``data/home`` below the working directory (contract.md)."""
    home = named_home(os.environ.get("SETTLE_HOME", "data/home"))
    home.bring()
    return home
