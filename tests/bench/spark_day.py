"""One day on Spark, measured: its stages, and what Spark's own metrics say was computed and moved in each.

Never holds: a way of settling of its own; figures that Spark does not count itself.
Neighbour: ``cluster.py`` asks for it in a process of its own; ``day.py`` is the same for the default engine.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from assets.foundation.store import Home
from pipelines.desk import Done
from pipelines.running import Runner
from tests.bench.fresh import answer, peak_bytes

_LOG = {"spark.eventLog.enabled": "true", "spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"}
METRICS = ("tasks", "cpu_seconds", "shuffle_bytes", "shuffle_rows", "read_bytes", "spilled_bytes")


def settle(home: str, day: str, cluster: dict[str, Any]) -> dict[str, Any]:
    """Settle ``day`` of ``home`` on a cluster, as settings.yaml names it; returns the figures."""
    place, today = Home(Path(home)), date.fromisoformat(day)
    settings = place.root / "settings.yaml"
    with tempfile.TemporaryDirectory(prefix="settle-events-") as log:
        conf = {**_LOG, "spark.eventLog.dir": f"file://{log}", **cluster.get("conf", {})}
        settings.write_text(yaml.safe_dump({"spark": {**cluster, "conf": conf}}), encoding="utf-8")
        try:
            return _settled(place, today, Path(log))
        finally:
            settings.unlink()


def _settled(place: Home, today: date, log: Path) -> dict[str, Any]:
    ends: list[tuple[str, float]] = []

    def done(stage: str, _: Done) -> None:
        ends.append((stage, time.time()))

    with Runner(place, until=today, engine="spark") as runner:
        runner.tell(done)
        started, spent = time.time(), time.process_time()
        outcome = runner.settle(today)
        seconds, driver = time.time() - started, time.process_time() - spent
    from assets.foundation import cluster  # it is there by now

    for opened in cluster._OPEN.values():
        opened.session.stop()  # the log is whole then
    moved = by_stage(_events(log), started, ends)
    return {
        "seconds": seconds,
        "driver_seconds": driver,  # of a processor, in the process that settles: what no executor takes from it
        "peak_bytes": peak_bytes(),
        "cores": os.cpu_count(),
        "stages": [{"name": name, "seconds": one.seconds, **moved[name]} for name, one in outcome.stages],
    }


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(log.iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def by_stage(
    events: Iterable[dict[str, Any]], started: float, ends: list[tuple[str, float]]
) -> dict[str, dict[str, float]]:
    """What the tasks of every stage of the day came to: a task belongs to the stage in which it was launched."""
    found = {name: dict.fromkeys(METRICS, 0.0) for name, _ in ends}
    for event in events:
        if event["Event"] != "SparkListenerTaskEnd" or not (metrics := event.get("Task Metrics")):
            continue
        at = event["Task Info"]["Launch Time"] / 1000
        stage = next((name for name, end in ends if started <= at <= end), None)
        if stage is None:
            continue
        written = metrics["Shuffle Write Metrics"]
        figures = (
            1, metrics["Executor CPU Time"] / 1e9, written["Shuffle Bytes Written"], written["Shuffle Records Written"],
            metrics["Input Metrics"]["Bytes Read"], metrics["Disk Bytes Spilled"],
        )  # fmt: skip
        for name, figure in zip(METRICS, figures, strict=True):
            found[stage][name] += figure
    return found


if __name__ == "__main__":
    answer(settle)
