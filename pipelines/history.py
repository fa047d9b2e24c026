"""What Dagster keeps of the days that the command line settles: an instance to run them in, and the home's history.

Holds: both instances, and how a day's events get into the history.
Never holds: running a day (``running.py``), what the events say (``definitions.py``).
Neighbour: ``running.py`` runs days between the two; `settle ui` shows the history.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.controlling import sealed
from pipelines.showing import sealed_metadata

# Runs are kept in the home, so that the UI shows what the command line did; nothing is sent anywhere, and the page
# does not ask for an address to send news to.
_DAGSTER_YAML = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
_NO_RUN = ""  # the run id of events that belong to no run
Event = dg.AssetMaterialization | dg.AssetCheckEvaluation


def dagster_home(home: Home) -> Path:
    """The folder of the home's Dagster instance, made by the home's rights: run history and materialisations."""
    folder, rights = home.root / ".dagster", home.rights()
    rights.make_folder(folder)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        with rights.kept():
            settings.write_text(_DAGSTER_YAML, encoding="utf-8")
    return folder


def served_home(home: Home) -> Path:
    """``dagster_home`` for a server, which writes there even to look. Raises Refused where nothing can be written."""
    try:
        folder = dagster_home(home)
        if not os.access(folder, os.W_OK):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    except OSError as fault:
        raise Refused(
            f"{home.root / '.dagster'}: cannot be written ({fault.strerror}); a viewer too keeps its run history there:"
            " give it a copy of the home, or one that can be written"
        ) from None
    return folder


def passing_instance() -> dg.DagsterInstance:
    """An instance in memory for runs whose events are taken from their results: it stores no event.

    Dagster's own one writes each of a day's 130 events to SQLite in memory, which takes as long as half a small day,
    and no setting stops it. So the methods of its event log that a run calls are covered: nothing is stored, and
    what is asked of earlier materialisations is answered as in a new instance. A method that is not covered works.
    """
    instance = dg.DagsterInstance.ephemeral()
    nothing = dg.EventRecordsResult(records=[], cursor="", has_more=False)
    vars(instance.event_log_storage).update(
        store_event=lambda *_, **__: None,
        get_asset_records=lambda *_, **__: [],
        fetch_materializations=lambda *_, **__: nothing,
        fetch_observations=lambda *_, **__: nothing,
    )
    return instance


class History:
    """The home's Dagster instance, opened by the first day that is entered. Close it: use it in a ``with``.

    A day is entered by a thread of its own, while the next one is settled: it takes a tenth of a small one. A history
    that cannot be written undoes no day: ``warn`` is told by whoever waits for it: the next day, or who closes it.
    """

    def __init__(self, home: Home, warn: Callable[[str], None]) -> None:
        self._home, self._warn, self._open = home, warn, ExitStack()
        self._rights = ExitStack()
        self._instance: dg.DagsterInstance | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="history")  # SQLite's connections are a thread's own
        self._writing: tuple[date, Future[None]] | None = None

    def __enter__(self) -> History:
        # Rights of what is made are those of the whole process, so no thread may change them while another works.
        self._rights.enter_context(self._home.rights().kept())
        return self

    def __exit__(self, *_: object) -> None:
        with self._rights, self._writer:
            try:
                self.wait()
            finally:
                self._writer.submit(self._open.close).result()

    def enter(self, day: date, events: Iterable[Event]) -> None:
        """Enter the materialisations and checks of a day, all or none of them: one event an asset and day."""
        self.wait()
        self._writing = (day, self._writer.submit(self._write, list(events)))

    def wait(self) -> None:
        """Wait for the day that is being entered."""
        if self._writing is None:
            return
        day, writing = self._writing
        try:
            writing.result()
        except Exception as fault:
            self._warn(f"{day} is settled; the run history for the UI could not be written ({type(fault).__name__})")
        self._writing = None

    def _write(self, events: list[Event]) -> None:
        if self._instance is None:  # opened late, so that a refused first day leaves no trace
            self._instance = self._open.enter_context(_kept_instance(self._home))
        with _one_transaction(self._instance.event_log_storage):
            for event in events:
                self._instance.report_runless_asset_event(event)


def make_up_history(home: Home, warn: Callable[[str], None]) -> None:
    """Enter settled days that the history does not know, by their seals: they were settled before there was this
    history, or it was deleted. One that cannot be written stays as it is: ``warn`` is told."""
    try:
        _enter_sealed(home)
    except Exception as fault:
        warn(f"settled days that the run history does not know could not be entered ({type(fault).__name__})")


def _enter_sealed(home: Home) -> None:
    settled = home.settled_days()
    if not settled:
        return
    with home.rights().kept(), _kept_instance(home) as instance:
        known = instance.get_materialized_partitions(dg.AssetKey(STAGES[-1].name))
        missing = [day for day in settled if day.isoformat() not in known]
        with _one_transaction(instance.event_log_storage):
            for seal in filter(None, map(home.seal, missing)):
                for stage in STAGES:
                    instance.report_runless_asset_event(
                        dg.AssetMaterialization(
                            stage.name, partition=seal.day.isoformat(), metadata=sealed_metadata(stage, home, seal),
                            description="from the seal: settled where this history did not see it",
                        )
                    )  # fmt: skip
            for check in sealed(home, missing[-1]) if missing else ():  # the page of a check shows the last
                instance.report_runless_asset_event(check)


@contextmanager
def _kept_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    from dagster._core.instance import InstanceRef  # the public way in reads the environment

    if odd := sorted(set("%?#") & set(str(home.root))):
        raise ValueError(f"a path with {' '.join(odd)} is no path to the event store")
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home(home)))) as instance:
        yield instance


@contextmanager
def _one_transaction(storage: Any) -> Iterator[None]:
    """One connection and one commit a database for all the events without a run that ``storage`` gets meanwhile.

    Left to itself the SQLite event log opens, locks, commits and syncs three times an event, most of what an entry
    takes, and its ``store_event_batch`` is a loop; and it looks anew at each event which tables and columns it has.
    Its two databases are opened here once; its own lock, which lets one be open at a time, rests meanwhile: no
    other thread of this process knows the storage.
    """
    from dagster._core.storage.event_log import SqliteEventLogStorage

    if not isinstance(storage, SqliteEventLogStorage):  # the home's dagster.yaml may name another
        yield
        return
    own = vars(storage)
    lock = own["_db_lock"]
    own["_db_lock"] = nullcontext()
    try:
        with storage.run_connection(_NO_RUN) as run, storage.index_connection() as index:
            own.update(
                run_connection=lambda *_: nullcontext(run),
                index_connection=lambda: nullcontext(index),
                has_table=cache(storage.has_table),
                _has_asset_key_col_on_connection=cache(storage._has_asset_key_col_on_connection),
            )
            yield
    finally:
        own["_db_lock"] = lock
        for name in ("run_connection", "index_connection", "has_table", "_has_asset_key_col_on_connection"):
            own.pop(name, None)
