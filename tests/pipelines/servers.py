"""`settle ui` as a process on a free port, asked over GraphQL as its page asks it.

Holds: starting and ending a server, its processes, the mutations of Dagster's page.
Never holds: an expectation. Neighbours: ``test_ui.py`` and ``test_two_at_once.py``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.foundation.store import Home
from tests.pipelines.homes import BIN, environment

_UP = 120  # seconds until a server answers, at most: machines differ


def wait_for(what: Callable[[], object], seconds: float = _UP, step: float = 0.05) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(step)


def members(leader: int) -> dict[int, str]:
    """The living processes of the session that ``leader`` began, each with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def listening(process: int) -> set[str]:
    """Address and port of every TCP socket at which a process listens, as the kernel writes them."""
    inodes = set()
    for handle in Path(f"/proc/{process}/fd").iterdir():
        try:
            inodes.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    tables = [Path(f"/proc/{process}/net/{name}").read_text().splitlines() for name in ("tcp", "tcp6")]
    lines = [line.split() for table in tables for line in table]
    return {line[1] for line in lines if line[3] == "0A" and line[9] in inodes}


@dataclass(frozen=True)
class Server:
    """A server that answers; ``process`` leads a session of its own."""

    process: subprocess.Popen[str]
    port: int

    def ask(self, query: str) -> dict[str, Any]:
        """What the page's GraphQL says: its data, or its errors under ``errors``."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                said: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as fault:
            said = json.loads(fault.read())
        return said.get("data") or {"errors": said["errors"]}

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server ended"
        try:
            return "version" in self.ask("{version}")
        except OSError:
            return False


@contextmanager
def serve(home: Home, *options: str) -> Iterator[Server]:
    """`settle ui` of a home; ended with all its processes, whatever they are doing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(BIN / "settle"), "ui", "--home", str(home.root), "--port", str(port), *options]
    with subprocess.Popen(
        words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True, cwd=home.root.parent,
    ) as process:  # fmt: skip
        try:
            server = Server(process, port)
            wait_for(server.answers)
            yield server
        finally:
            while left := members(process.pid):
                for each in left:
                    os.kill(each, signal.SIGKILL)
                process.poll()


_PLACE = 'repositoryName: "__repository__", repositoryLocationName: "pipelines.definitions"'
_SENSOR, _SCHEDULE = f'{{{_PLACE}, sensorName: "ready_exports"}}', f'{{{_PLACE}, scheduleName: "nightly"}}'


def _run_of(day: date) -> str:
    tags = f'executionMetadata: {{tags: [{{key: "dagster/partition", value: "{day}"}}]}}'
    return f'{{selector: {{{_PLACE}, pipelineName: "settle_day"}}, runConfigData: {{}}, {tags}}}'


def launch(day: date) -> str:
    """What the page's launch button sends for a day of the job."""
    told = "__typename ... on LaunchRunSuccess {run {runId}} ... on UnauthorizedError {message}"
    return f"mutation {{launchPipelineExecution(executionParams: {_run_of(day)}) {{{told}}}}}"


def mutations(day: date) -> dict[str, str]:
    """Every mutation that changes something without needing a run or backfill that is there; name to arguments."""
    run, asset = _run_of(day), '{path: ["orders"]}'
    event = f'assetKey: {asset}, partitionKeys: ["{day}"]'
    partitions = f'partitionsDefName: "y", repositorySelector: {{{_PLACE}}}'
    backfill = f'{{partitionNames: ["{day}"], selector: {{repositorySelector: {{{_PLACE}}}, partitionSetName: "p"}}}}'
    return {
        "launchPipelineExecution": f"executionParams: {run}",
        "launchRun": f"executionParams: {run}",
        "launchPipelineReexecution": f"executionParams: {run}",
        "launchRunReexecution": f"executionParams: {run}",
        "launchPartitionBackfill": f"backfillParams: {backfill}",
        "startSchedule": f"scheduleSelector: {_SCHEDULE}",
        "resetSchedule": f"scheduleSelector: {_SCHEDULE}",
        "scheduleDryRun": f"selectorData: {_SCHEDULE}, timestamp: 1",
        "startSensor": f"sensorSelector: {_SENSOR}",
        "resetSensor": f"sensorSelector: {_SENSOR}",
        "setSensorCursor": f'sensorSelector: {_SENSOR}, cursor: "x"',
        "sensorDryRun": f'selectorData: {_SENSOR}, cursor: "x"',
        "terminateRun": 'runId: "x"',
        "terminatePipelineExecution": 'runId: "x"',
        "deleteRun": 'runId: "x"',
        "deletePipelineRun": 'runId: "x"',
        "wipeAssets": f"assetPartitionRanges: [{{assetKey: {asset}}}]",
        "reportRunlessAssetEvents": f"eventParams: {{eventType: ASSET_MATERIALIZATION, {event}}}",
        "reloadRepositoryLocation": 'repositoryLocationName: "pipelines.definitions"',
        "shutdownRepositoryLocation": 'repositoryLocationName: "pipelines.definitions"',
        "addDynamicPartition": f'partitionKey: "x", {partitions}',
        "deleteDynamicPartitions": f'partitionKeys: ["x"], {partitions}',
    }
