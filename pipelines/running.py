"""Running days from the command line: the Dagster job in process, its events kept for the UI.

Holds: one day's run, the range loop, what is recorded in the home's Dagster instance.
Never holds: printing (``cli.py``, ``terminal.py``), the stages themselves.
Neighbour: ``definitions.py`` makes the job that is run here.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from assets.foundation.errors import Refused, RulesError
from assets.foundation.store import Home, Seal
from assets.sealed import changed_inputs
from pipelines.definitions import JOB, build_defs
from pipelines.desk import Desk, Listener

# Runs are kept in the home, so that the UI shows what the command line did; nothing is sent anywhere.
_DAGSTER_YAML = "telemetry:\n  enabled: false\n"


@dataclass(frozen=True)
class Outcome:
    """What became of one day: its seal, and whether it was settled now or before."""

    day: date
    seal: Seal
    fresh: bool


def days_between(first: date, last: date) -> list[date]:
    """Every calendar day from ``first`` to ``last``."""
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def dagster_home(home: Home) -> Path:
    """The home's Dagster instance: run history and materialisations, owner only."""
    folder = home.root / ".dagster"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_DAGSTER_YAML, encoding="utf-8")
    return folder


@contextmanager
def _kept_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    from dagster._core.instance import InstanceRef  # the public way in reads the environment

    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home(home)))) as instance:
        yield instance


def _settled_before(home: Home, day: date) -> Outcome | None:
    """The day's seal if it is settled and its inputs are what they were; Refused names those that changed."""
    seal = home.seal(day)
    if seal is None:
        return None
    if changed := changed_inputs(home, seal):
        raise Refused(f"{day} is settled, but: {'; '.join(changed)}. Corrections come with a later export")
    return Outcome(day, seal, fresh=False)


class Runner:
    """Settles days of one home in process, by the job that the UI runs too. Close it: use it in a ``with``."""

    def __init__(
        self,
        home: Home,
        *,
        until: date,
        listener: Listener | None = None,
        threads: int | None = None,
        warn: Callable[[str], None] = warnings.warn,
    ) -> None:
        self._home, self._warn = home, warn
        self._desk = Desk(home, listener, threads)
        self._job = build_defs(home, desk=self._desk, until=until).resolve_job_def(JOB)
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        self._open = ExitStack()
        self._kept: dg.DagsterInstance | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def settle(self, day: date, accept_quarantine: str | None = None) -> Outcome:
        """Settle ``day``, or find it settled. Raises Refused or RulesError; nothing is published then."""
        if settled := _settled_before(self._home, day):
            return settled
        self._home.require_turn(day)
        config = {"exports": {"config": {"accept_quarantine": accept_quarantine}}} if accept_quarantine else {}
        with dg.DagsterInstance.ephemeral() as instance:
            try:
                result = self._job.execute_in_process(
                    partition_key=day.isoformat(), instance=instance,
                    run_config={"ops": config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                )  # fmt: skip
            except dg.Failure as failure:
                cause = failure.__cause__
                raise (
                    RulesError(str(cause)) if isinstance(cause, RulesError) else Refused(failure.description)
                ) from None
            except dg.DagsterExecutionInterruptedError:
                raise KeyboardInterrupt from None
            finally:
                self._desk.close()
        seal = self._home.seal(day)
        if seal is None:
            raise Refused(f"{day}: the job ended without a seal")
        try:
            self._keep_events(result)
        except Exception as fault:
            self._warn(f"{day} is settled; the run history for the UI could not be written ({type(fault).__name__})")
        return Outcome(day, seal, fresh=True)

    def _keep_events(self, result: dg.ExecuteInProcessResult) -> None:
        """Enter the run's materialisations and checks in the home's instance: one event an asset and day."""
        if odd := sorted(set("%?#") & set(str(self._home.root))):
            raise ValueError(f"a path with {' '.join(odd)} is no path to the event store")
        if self._kept is None:  # opened late, so that a refused first day leaves no trace
            self._kept = self._open.enter_context(_kept_instance(self._home))
        for event in result.get_asset_materialization_events():
            materialization = event.materialization
            self._kept.report_runless_asset_event(
                dg.AssetMaterialization(
                    asset_key=materialization.asset_key, partition=materialization.partition,
                    metadata=materialization.metadata,
                )
            )  # fmt: skip
        for check in result.get_asset_check_evaluations():
            self._kept.report_runless_asset_event(check)
