"""`settle ui` for real: where it listens, what it sends nowhere, and a viewer that can change nothing.

Neighbour: ``test_two_at_once.py`` launches a day in it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assets.foundation.store import Home
from tests.pipelines.homes import D1, settle, tree, write_home
from tests.pipelines.servers import Server, launch, listening, members, mutations, serve, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return write_home(tmp_path_factory.mktemp("ui") / "home")


@pytest.fixture(scope="module")
def viewer(place: Home) -> Iterator[Server]:
    with serve(place, "--read-only") as server:
        yield server


def test_a_viewer_shows_the_job(viewer: Server) -> None:
    asked = "{repositoriesOrError {... on RepositoryConnection {nodes {jobs {name} schedules {name}}}}}"
    found = viewer.ask(asked)["repositoriesOrError"]["nodes"][0]
    assert "settle_day" in {job["name"] for job in found["jobs"]}
    assert found["schedules"] == [{"name": "nightly"}]
    assert viewer.ask("{runsOrError {... on Runs {results {status}}}}") == {"runsOrError": {"results": []}}


@pytest.mark.parametrize("name", mutations(D1))
def test_a_viewer_changes_nothing(viewer: Server, name: str) -> None:
    told = viewer.ask(f"mutation {{{name}({mutations(D1)[name]}) {{__typename}}}}")
    assert told == {name: {"__typename": "UnauthorizedError"}}


def test_a_viewer_launches_none_of_many(viewer: Server) -> None:
    params = mutations(D1)["launchRun"].removeprefix("executionParams: ")
    each = "... on LaunchMultipleRunsResult {launchMultipleRunsResult {__typename}}"
    told = viewer.ask(f"mutation {{launchMultipleRuns(executionParamsList: [{params}]) {{{each}}}}}")
    assert told["launchMultipleRuns"]["launchMultipleRunsResult"] == [{"__typename": "UnauthorizedError"}]


def test_no_mutation_is_forgotten(viewer: Server) -> None:
    """A new version of Dagster may bring more: they are looked at before it is taken."""
    told = viewer.ask("{__schema {mutationType {fields {name}}}}")["__schema"]["mutationType"]["fields"]
    by_id = {  # of a schedule, sensor, run or backfill that must be there first; their permission is then asked
        "stopRunningSchedule", "stopSensor", "terminateRuns", "cancelPartitionBackfill", "resumePartitionBackfill",
        "reexecutePartitionBackfill",
    }  # fmt: skip
    parts = {"setAppManagedComponent", "deleteAppManagedComponent", "refreshComponentState"}  # there are none
    limits = {  # refused too, by an answer of another shape
        "setAutoMaterializePaused", "setConcurrencyLimit", "deleteConcurrencyLimit", "freeConcurrencySlots",
        "freeConcurrencySlotsForRun",
    }  # fmt: skip
    whole = {"launchMultipleRuns", "reloadWorkspace", "reportAssetCheckEvaluations"}
    harmless = {"logTelemetry", "setNuxSeen"}  # nothing is sent; a mark that a notice was seen
    known = mutations(D1).keys() | by_id | parts | limits | whole | harmless
    assert {field["name"] for field in told} == known


def test_it_listens_on_this_machine_alone_and_runs_no_daemon(viewer: Server) -> None:
    own = members(viewer.process.pid)
    where = {address for process in own for address in listening(process)}
    assert where == {f"0100007F:{viewer.port:04X}"}
    assert not [words for words in own.values() if "daemon" in words]
    assert not [words for words in own.values() if "api grpc" in words and "--socket" not in words]


def test_nothing_is_sent(viewer: Server, place: Home) -> None:
    kept = place.root / ".dagster"
    assert yaml.safe_load((kept / "dagster.yaml").read_text()) == {
        "telemetry": {"enabled": False}, "nux": {"enabled": False},
    }  # fmt: skip
    for process in members(viewer.process.pid):
        given = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
        assert b"DAGSTER_DISABLE_TELEMETRY=yes" in given
    told = viewer.ask(
        'mutation {logTelemetry(action: "a", clientTime: "1", clientId: "b", metadata: "{}") {__typename}}'
    )
    assert told == {"logTelemetry": {"__typename": "LogTelemetrySuccess"}}
    assert viewer.ask("{shouldShowNux instance {hasInfo}}")["shouldShowNux"] is False
    names = {path.name for path in kept.rglob("*")}
    assert not names & {"logs", ".telemetry", "telemetry", "id.yaml", "event.log"}, names
    assert kept.stat().st_mode & 0o077 == 0


def test_a_viewer_settles_nothing(viewer: Server, place: Home) -> None:
    before = {name for name in tree(place.root) if not name.startswith(".dagster")}
    assert viewer.ask(launch(D1))["launchPipelineExecution"]["__typename"] == "UnauthorizedError"
    assert {name for name in tree(place.root) if not name.startswith(".dagster")} == before
    assert place.settled_days() == []


def test_a_history_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    (home.root / ".dagster").write_text("no folder", encoding="utf-8")
    for options in ((), ("--read-only",)):
        done = settle("ui", "--home", home.root, *options)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"refused: {home.root}/.dagster: cannot be written (File exists)")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_and_leaves_nobody(place: Home, number: int) -> None:
    """Started as a script starts something in the background: with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with serve(place, *(("--read-only",) if number == signal.SIGINT else ())) as server:
            assert len(members(server.process.pid)) > 1
            os.kill(server.process.pid, number)
            server.process.wait(60)
            wait_for(lambda: not members(server.process.pid), 60)
    finally:
        signal.signal(signal.SIGINT, before)
