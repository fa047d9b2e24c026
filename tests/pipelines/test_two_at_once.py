"""Two processes on one home, and on two: one settles, the other says who is at work since when; nobody waits.

The first one is stopped by the kernel in the midst of its day, so nothing here hangs on who is quicker.
Neighbour: ``tests/foundation/test_store.py`` for the lock by itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from assets.foundation.store import Home
from tests.pipelines.homes import BIN, D3, D4, contents, environment, settle, tree
from tests.pipelines.servers import launch, serve, wait_for
from tests.pipelines.test_command_line import said

SINCE = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"


@contextmanager
def stopped(home: Home) -> Iterator[subprocess.Popen[str]]:
    """`settle run` of the third day, stopped while it holds the home and has begun to build the day."""
    words = [str(BIN / "settle"), "run", "--home", str(home.root), "--date", str(D3)]
    with subprocess.Popen(
        words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for(lambda: (home.staging_root / str(D3)).is_dir() or process.poll() is not None, step=0.001)
            os.kill(process.pid, signal.SIGSTOP)
            assert process.poll() is None and not home.is_settled(D3)
            yield process
        finally:
            process.kill()


def goes_on(process: subprocess.Popen[str]) -> None:
    """Let the stopped one settle its day."""
    os.kill(process.pid, signal.SIGCONT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("2025-11-03  settled in ")


def _holder(home: Home) -> int:
    """The process that holds the home, as soon as it says so."""
    file, found = home.staging_root / "holder.json", {}

    def read() -> bool:
        with suppress(OSError, ValueError):
            found.update(json.loads(file.read_bytes()))
        return bool(found)

    wait_for(read, step=0.002)
    return int(found["pid"])


def at_work(home: Home, process: subprocess.Popen[str]) -> str:
    """What the second one says, as a pattern."""
    who = f"settling 2025-11-03, process {process.pid}, since "
    return f"{re.escape(f'{home.root}: another settlement is at work: {who}')}{SINCE}"


def test_the_second_is_told_who_is_at_work_and_the_first_is_not_disturbed(settled: Home, tmp_path: Path) -> None:
    shutil.copytree(settled.root, tmp_path / "undisturbed")
    with stopped(settled) as first:
        before = tree(settled.root)
        for process, words in ((settle, ("run", "--date", D3)), (said, ("prune",))):
            done = process(*words, "--home", settled.root)
            assert (done.code, done.out) == (1, "")
            assert re.fullmatch(f"refused: {at_work(settled, first)}\n", done.err)
        for looks in (("verify",), ("status",), ("check", "--date", D3), ("prune", "--dry-run")):
            done = said(*looks, "--home", settled.root)
            assert (done.code, done.err) == (0, ""), looks
        assert tree(settled.root) == before
        goes_on(first)
    alone = Home(tmp_path / "undisturbed")
    assert settle("run", "--home", alone.root, "--date", D3).code == 0
    assert contents(settled.root / "settlements") == contents(alone.root / "settlements")
    assert not settled.staging_root.exists()


@pytest.mark.slow
def test_a_day_is_computed_again_beside_a_settlement(settled: Home) -> None:
    with stopped(settled) as first:
        before = tree(settled.root)
        done = settle("verify", "--rerun", "--home", settled.root)
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines()[-1].endswith("2 days equal to the byte")
        assert tree(settled.root) == before
        goes_on(first)


def test_one_that_was_killed_blocks_nobody(settled: Home) -> None:
    with stopped(settled) as first:
        first.kill()  # SIGKILL reaches a stopped process too
        first.wait()
        assert (settled.staging_root / str(D3)).is_dir()
        done = settle("prune", "--home", settled.root)
        assert (done.code, done.err) == (0, "")
        assert not settled.staging_root.exists()
        assert settle("run", "--home", settled.root, "--date", D3).code == 0
    assert settled.settled_days()[-1] == D3


@pytest.mark.slow
def test_two_homes_are_settled_at_once(settled: Home, tmp_path: Path) -> None:
    shutil.copytree(settled.root, tmp_path / "other")
    other = Home(tmp_path / "other")
    with stopped(settled) as first:
        done = settle("run", "--home", other.root, "--date", D3)
        assert (done.code, done.err) == (0, "")
        assert not settled.is_settled(D3)
        goes_on(first)
    assert contents(settled.root / "settlements") == contents(other.root / "settlements")


@pytest.mark.slow
def test_the_command_line_and_the_ui(settled: Home) -> None:
    ended = "{runsOrError {... on Runs {results {status}}}}"
    logs = "{... on EventConnection {events {... on ExecutionStepFailureEvent {failureMetadata {description}}}}}"
    with serve(settled) as server:
        with stopped(settled) as first:
            told = server.ask(launch(D3))["launchPipelineExecution"]
            assert told["__typename"] == "LaunchRunSuccess"
            wait_for(lambda: server.ask(ended)["runsOrError"]["results"] == [{"status": "FAILURE"}], step=0.5)
            run = told["run"]["runId"]
            why = server.ask(f'{{logsForRun(runId: "{run}") {logs}}}')
            assert re.search(at_work(settled, first), str(why))
            goes_on(first)
        # And the other way round: the day is the UI's, and the command line is told.
        assert server.ask(launch(D4))["launchPipelineExecution"]["__typename"] == "LaunchRunSuccess"
        worker = _holder(settled)
        os.kill(worker, signal.SIGSTOP)
        try:
            done = settle("run", "--home", settled.root, "--date", D4)
            assert done.code == 1
            assert re.fullmatch(
                rf"refused: .*: another settlement is at work: settling 2025-11-04, process {worker}, since {SINCE}\n",
                done.err,
            )
        finally:
            os.kill(worker, signal.SIGCONT)
        wait_for(lambda: settled.is_settled(D4), step=0.2)
