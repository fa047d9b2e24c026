"""Running days from the command line: the Dagster job in process, its events kept for the UI.

Holds: one day's run, what it raises, what comes of it.
Never holds: printing (``cli.py``, ``terminal.py``), the stages themselves, Dagster's instances (``history.py``).
Neighbour: ``definitions.py`` makes the job that is run here.
"""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

import dagster as dg

from assets.foundation.errors import Refused, RulesError
from assets.foundation.settings import EngineName
from assets.foundation.store import Home, Seal, clear_leftovers
from assets.issued import is_unregistered
from assets.release.makers import is_unsigned
from assets.sealed import changed_inputs, changed_outputs
from assets.wording import Language
from pipelines.definitions import ENGINE_TAG, JOB, build_defs
from pipelines.desk import Desk, Done, Listener
from pipelines.history import History, passing_instance
from pipelines.people import stamp

_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}


@dataclass(frozen=True)
class Outcome:
    """What became of one day: its seal, whether it was settled now or before, and now by which stages."""

    day: date
    seal: Seal
    fresh: bool
    stages: tuple[tuple[str, Done], ...] = ()


def days_between(first: date, last: date) -> list[date]:
    """Every calendar day from ``first`` to ``last``."""
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Python's search for unreachable objects leaves out what was loaded, and comes seldom: it finds little here, and
    took a fifteenth of a small day."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _settled_before(home: Home, day: date) -> Outcome | None:
    """The day's seal if it is settled and its inputs and outputs are what they were; Refused names what changed."""
    seal = home.seal(day)
    if seal is None:
        return None
    if changed := changed_inputs(home, seal):
        raise Refused(f"{day} is settled, but: {'; '.join(changed)}. Corrections come with a later export")
    if changed := changed_outputs(home, seal):
        raise Refused(f"{day} is settled, but: {'; '.join(changed)} (settle verify says more)")
    return Outcome(day, seal, fresh=False)


class Runner:
    """Settles days of one home in process, by the job that the UI runs too. Close it: use it in a ``with``.

    ``by`` is the name of who settles, for the log; the login if not given. ``language`` is that of the reports,
    ``engine`` what runs the statements, both by default the home's.
    """

    def __init__(
        self,
        home: Home,
        *,
        until: date,
        listener: Listener | None = None,
        threads: int | None = None,
        memory: int | None = None,
        by: str | None = None,
        language: Language | None = None,
        engine: EngineName | None = None,
        warn: Callable[[str], None] = warnings.warn,
    ) -> None:
        self._home = home
        self._desk = Desk(home, listener, threads, memory, partial(stamp, by), language, engine)
        self._job = build_defs(home, desk=self._desk, until=until).resolve_job_def(JOB)
        self._open = ExitStack()
        self._history = self._open.enter_context(History(home, warn))
        for name in ("dagster", "sqlalchemy"):  # what goes wrong is said by what is raised, and once
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def tell(self, done: Callable[[str, Done], None]) -> None:
        """From now on ``done`` hears of every stage that ended well."""
        self._desk.on_done = done

    def __enter__(self) -> Runner:
        self._open.enter_context(_seldom_collected())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def _instance(self) -> dg.DagsterInstance:
        return self._open.enter_context(passing_instance())  # late: days that are settled need none

    def settle(self, day: date, accept_quarantine: str | None = None) -> Outcome:
        """Settle ``day``, or find it settled. Raises Refused or RulesError; nothing is published then."""
        outcomes: list[Outcome] = []
        self.settle_days([day], accept_quarantine, ended=outcomes.append)
        return outcomes[0]

    def settle_days(
        self,
        days: Sequence[date],
        accept_quarantine: str | None = None,
        *,
        begins: Callable[[date], None] = lambda _: None,
        ended: Callable[[Outcome], None],
    ) -> None:
        """Settle days that follow one another, in one run, or find them settled; ``begins`` and ``ended`` hear of each.

        Raises Refused or RulesError for the first that is refused: those before it are settled, nothing is published
        of it. ``accept_quarantine`` goes with a single day.
        """
        waiting = list(days)
        begins(waiting[0])
        while settled := self._found(waiting[0]):
            self._stands(settled)
            ended(settled)
            if not waiting[1:]:
                return
            waiting = waiting[1:]
            begins(waiting[0])
        self._home.require_turn(waiting[0])

        def settled_ahead(day: date, said: Mapping[str, Any], checked: list[dg.AssetCheckEvaluation]) -> None:
            ended(self._entered(day, said, checked))
            begins(day + timedelta(days=1))

        self._desk.ahead, self._desk.on_day = waiting[:-1], settled_ahead
        result = self._run(waiting[-1], accept_quarantine)
        made = (event.materialization for event in result.get_asset_materialization_events())
        said = {one.asset_key.to_user_string(): one.metadata for one in made}
        ended(self._entered(waiting[-1], said, result.get_asset_check_evaluations()))
        self._history.wait()

    def _found(self, day: date) -> Outcome | None:
        """The day, if it was settled before, as ``_settled_before`` has it; it is brought here from where it lies."""
        self._desk.bring(day)
        if self._home.remote and self._home.remote.pending:
            clear_leftovers(self._home)  # of a run that was killed when its day was decided and not all put
        return _settled_before(self._home, day)

    def _stands(self, settled: Outcome) -> None:
        """What is left to do for a day that was settled before."""
        # Its writer died right after publishing it, or it is from before there was a log.
        if is_unregistered(self._home, settled.seal) or is_unsigned(self._home, settled.seal):
            self._desk.make_up(settled.day)
        clear_leftovers(self._home)  # of a run that was killed when its day was settled already

    def _entered(
        self, day: date, said: Mapping[str, Mapping[str, Any]], checked: Iterable[dg.AssetCheckEvaluation]
    ) -> Outcome:
        """The outcome of a day that was settled now, entered into the history with what its stages and checks say."""
        seal = self._home.seal(day)
        if seal is None:
            raise Refused(f"{day}: the job ended without a seal")
        made = (dg.AssetMaterialization(name, partition=str(day), metadata=one) for name, one in said.items())
        self._history.enter(day, [*made, *checked])
        return Outcome(day, seal, fresh=True, stages=tuple(self._desk.finished))

    def _run(self, day: date, accept_quarantine: str | None) -> dg.ExecuteInProcessResult:
        config = {"exports": {"config": {"accept_quarantine": accept_quarantine}}} if accept_quarantine else {}
        try:
            return self._job.execute_in_process(
                partition_key=day.isoformat(), instance=self._instance,
                run_config={"ops": config, "loggers": _QUIET}, tags={ENGINE_TAG: self._desk.engine()},
            )  # fmt: skip
        except dg.Failure as failure:
            cause = failure.__cause__
            if isinstance(cause, RulesError | Refused):
                raise type(cause)(str(cause)) from None
            raise Refused(failure.description) from None
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        finally:
            self._desk.close()
