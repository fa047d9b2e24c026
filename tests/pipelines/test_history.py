"""What the UI finds of days that the command line settled: the home's history, whole or not at all."""

from __future__ import annotations

import _thread
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance import InstanceRef

from assets.foundation.rights import too_open
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines import history
from pipelines.controlling import CHECKS
from pipelines.history import History, dagster_home, make_up_history, passing_instance
from pipelines.running import Outcome, Runner
from tests.pipelines.homes import D1, D2, D3, settle_days, write_home


@contextmanager
def kept(home: Home) -> Iterator[dg.DagsterInstance]:
    """The history as `settle ui` opens it."""
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home(home)))) as instance:
        yield instance


def days_kept(home: Home) -> set[str]:
    """The days in the history: with all their assets, or the test fails."""
    with kept(home) as instance:
        found = {frozenset(instance.get_materialized_partitions(dg.AssetKey(stage.name))) for stage in STAGES}
    assert len(found) == 1
    return set(found.pop())


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Outcome]]:
    """Three days in one run."""
    home = write_home(tmp_path_factory.mktemp("history") / "home")
    outcomes: list[Outcome] = []
    with Runner(home, until=D3) as runner:
        runner.settle_days((D1, D2, D3), ended=outcomes.append)
    return home, outcomes


Walk = tuple[Home, list[Outcome]]


def test_one_materialisation_an_asset_and_day(walk: Walk) -> None:
    home, outcomes = walk
    with kept(home) as instance:
        for stage in STAGES:
            records = instance.fetch_materializations(dg.AssetKey(stage.name), limit=10, ascending=True).records
            made = [record.asset_materialization for record in records]
            assert [one.partition for one in made if one] == [str(day) for day in (D1, D2, D3)], stage.name
            for one, outcome in zip(made, outcomes, strict=True):
                assert one
                done = dict(outcome.stages)[stage.name]
                figures = {key: value.value for key, value in one.metadata.items()}
                assert figures["seconds"] == round(done.seconds, 3)
                assert figures["bytes written"] == done.bytes_written
                assert figures["peak memory, bytes"] == done.peak_memory
                assert figures.get("dagster/row_count") == done.facts.get("rows")
                assert ("rows per second" in figures) == bool(done.facts.get("rows"))


def test_every_check_of_every_day(walk: Walk) -> None:
    with kept(walk[0]) as instance:
        keys = [dg.AssetCheckKey(dg.AssetKey(check.asset), check.name) for check in CHECKS]
        for key in keys:
            records = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
            assert [record.status.value for record in records] == ["SUCCEEDED"] * 3
            evaluation = records[0].evaluation
            assert evaluation and evaluation.passed and evaluation.metadata["failed"].value == 0


def test_a_settled_day_is_not_entered_again(walk: Walk) -> None:
    home, outcomes = walk
    before = {path: path.read_bytes() for path in (home.root / ".dagster").rglob("*.db")}
    with Runner(home, until=D3) as runner:
        again = runner.settle(D2)
    assert (again.fresh, again.stages, again.seal) == (False, (), outcomes[1].seal)
    assert {path: path.read_bytes() for path in (home.root / ".dagster").rglob("*.db")} == before


def test_the_instance_of_a_run_keeps_nothing(home: Home) -> None:
    with passing_instance() as instance:
        result = dg.materialize([dg.asset(lambda: 1, name="one")], instance=instance)  # type: ignore[call-overload]
        assert result.success
        assert [event.asset_key for event in result.get_asset_materialization_events()] == [dg.AssetKey("one")]
        assert not instance.get_records_for_run(result.run_id).records
        assert instance.get_run_by_id(result.run_id)


# --- days that the history did not see --------------------------------------------------------------------------


def test_days_found_on_disk_are_entered_from_their_seals(home: Home) -> None:
    settle_days(home, D1, D2)
    with Runner(home, until=D3) as runner:
        runner.settle(D3)  # the history knows this one alone
    make_up_history(home, pytest.fail)
    assert days_kept(home) == {str(D1), str(D2), str(D3)}
    with kept(home) as instance:
        for table, key in (("orders", "dagster/row_count"), ("settlement", "sha256")):
            records = instance.fetch_materializations(dg.AssetKey(table), limit=10, ascending=True).records
            made = {
                one.partition: one.metadata[key].value for record in records if (one := record.asset_materialization)
            }
            seals = {str(day): home.seal(day) for day in (D1, D2, D3)}
            assert made == {
                day: seal.sha256 if key == "sha256" else seal.content["outputs"][f"{table}.parquet"]["rows"]
                for day, seal in seals.items() if seal
            }  # fmt: skip
    before = _rows(home)
    make_up_history(home, pytest.fail)
    assert _rows(home) == before


def test_a_history_that_was_deleted_shows_the_days_and_the_last_checks_again(home: Home) -> None:
    settle_days(home, D1, D2)
    make_up_history(home, pytest.fail)
    assert days_kept(home) == {str(D1), str(D2)}
    with kept(home) as instance:
        for check in CHECKS:
            key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
            (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)
            assert record.evaluation and record.evaluation.passed
            assert record.evaluation.metadata["day"].value == str(D2)


def test_a_history_that_cannot_be_made_up_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_days(home, D1)
    breaks(monkeypatch, 3, full)
    said: list[str] = []
    make_up_history(home, said.append)
    assert said == ["settled days that the run history does not know could not be entered (OSError)"]
    make_up_history(home, pytest.fail)
    assert days_kept(home) == {str(D1)}


def test_a_home_without_settled_days_gets_no_history(home: Home) -> None:
    make_up_history(home, pytest.fail)
    assert not (home.root / ".dagster").exists()


# --- one transaction ---------------------------------------------------------------------------------------------

_TABLES = {
    "event_logs": "select dagster_event_type, asset_key, partition, run_id from event_logs order by id",
    "asset_keys": "select asset_key, last_run_id from asset_keys order by id",
    "asset_check_executions": "select asset_key, check_name, execution_status from asset_check_executions order by id",
}


def _rows(home: Home) -> dict[str, list[Any]]:
    """What the databases of the history hold, without what the clock and the machine add."""
    found = {}
    for shard in ("index", ""):
        with sqlite3.connect(home.root / ".dagster" / "history" / "runs" / f"{shard}.db") as base:
            found |= {f"{shard}.{name}": base.execute(query).fetchall() for name, query in _TABLES.items()}
    return found


def test_together_is_the_same_as_event_by_event(walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_one_transaction", lambda _: nullcontext())
    home = write_home(tmp_path / "home")
    with Runner(home, until=D3) as runner:
        runner.settle_days((D1, D2, D3), ended=lambda _: None)
    assert _rows(home) == _rows(walk[0])
    assert len(_rows(home)["index.event_logs"]) == 3 * (len(STAGES) + len(CHECKS))


def test_days_of_one_run_are_entered_like_days_of_runs_of_their_own(walk: Walk, tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    with Runner(home, until=D3) as runner:
        for day in (D1, D2, D3):
            runner.settle(day)
    # Within a day Dagster has an order of its own for assets of which none needs another.
    alone, together = ({table: sorted(rows, key=repr) for table, rows in _rows(one).items()} for one in (home, walk[0]))
    assert alone == together


def test_another_storage_is_left_as_it_is() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        with history._one_transaction(instance.event_log_storage):
            instance.report_runless_asset_event(dg.AssetMaterialization("one", partition="2025-11-01"))
        assert instance.get_materialized_partitions(dg.AssetKey("one")) == {"2025-11-01"}


def breaks(monkeypatch: pytest.MonkeyPatch, at: int, fault: Callable[[], None]) -> None:
    """Let ``fault`` happen at the ``at``-th of the events that come now, once."""
    plain, left = dg.DagsterInstance.report_runless_asset_event, iter(range(at - 1, -1, -1))

    def report(instance: dg.DagsterInstance, event: Any) -> None:
        if next(left, None) == 0:
            fault()
        plain(instance, event)

    monkeypatch.setattr(dg.DagsterInstance, "report_runless_asset_event", report)


def full() -> None:
    raise OSError("disk full")


@pytest.mark.parametrize("at", [1, 25])
def test_a_day_that_cannot_be_written_is_left_out_whole(home: Home, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    said: list[str] = []
    with Runner(home, until=D3, warn=said.append) as runner:
        runner.settle(D1)
        breaks(monkeypatch, at, full)
        runner.settle(D2)
        runner.settle(D3)
    assert said == ["2025-11-02 is settled; the run history for the UI could not be written (OSError)"]
    assert home.settled_days() == [D1, D2, D3]
    assert days_kept(home) == {str(D1), str(D3)}


def test_an_interruption_while_a_day_is_entered_leaves_the_entry_whole(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        _thread.interrupt_main()
        time.sleep(0.5)

    with pytest.raises(KeyboardInterrupt), Runner(home, until=D2) as runner:
        runner.settle(D1)
        breaks(monkeypatch, 10, interrupted)
        runner.settle(D2)
    assert home.settled_days() == [D1, D2]
    assert days_kept(home) == {str(D1), str(D2)}


def test_a_day_is_entered_while_the_next_is_settled(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []

    def until_the_next_is_settled() -> None:
        end = time.monotonic() + 60
        while not home.is_settled(D3) and time.monotonic() < end:
            time.sleep(0.01)
        waited.append(home.is_settled(D3))

    with Runner(home, until=D3) as runner:
        runner.settle(D1)
        breaks(monkeypatch, 10, until_the_next_is_settled)
        runner.settle_days([D2, D3], ended=lambda _: None)
    assert waited == [True]
    assert days_kept(home) == {str(D1), str(D2), str(D3)}


def test_what_is_made_while_a_day_is_entered_is_its_owners(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o022)
    try:
        with Runner(home, until=D3) as runner:
            runner.settle_days([D1, D2, D3], ended=lambda _: None)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    made = [home.root / ".dagster", *(home.root / ".dagster").rglob("*"), *(home.root / "settlements").rglob("*")]
    assert not too_open(made, home.rights())


def test_a_refused_first_day_opens_no_history(home: Home) -> None:
    with History(home, pytest.fail):
        pass
    with Runner(home, until=D2) as runner, pytest.raises(Exception, match="is not settled"):
        runner.settle(date(2025, 11, 2))
    assert not (home.root / ".dagster").exists()
