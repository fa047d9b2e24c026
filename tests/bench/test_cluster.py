"""The benchmark of both engines: the same tables, and Spark's own figures by stage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.cluster import main
from tests.bench.spark_day import by_stage
from tests.sparking import spark_or_skip


def _task(at: float, cpu: float, written: int) -> dict[str, object]:
    return {
        "Event": "SparkListenerTaskEnd",
        "Task Info": {"Launch Time": at * 1000},
        "Task Metrics": {
            "Executor CPU Time": cpu * 1e9, "Disk Bytes Spilled": 7,
            "Shuffle Write Metrics": {"Shuffle Bytes Written": written, "Shuffle Records Written": 2},
            "Input Metrics": {"Bytes Read": 5},
        },
    }  # fmt: skip


def test_a_task_belongs_to_the_stage_in_which_it_was_launched() -> None:
    events = [
        _task(9, 1, 100), _task(11, 1, 100), _task(12, 2, 50), _task(13, 4, 1), _task(99, 1, 1), {"Event": "other"},
        {"Event": "SparkListenerTaskEnd", "Task Info": {"Launch Time": 11_000}},
    ]  # fmt: skip
    found = by_stage(events, 10, [("orders", 12), ("queue", 20)])
    assert found["orders"] == {
        "tasks": 2, "cpu_seconds": 3, "shuffle_bytes": 150, "shuffle_rows": 4, "read_bytes": 10, "spilled_bytes": 14,
    }  # fmt: skip
    assert found["queue"]["tasks"] == 1


@pytest.mark.spark
@pytest.mark.slow
def test_a_day_on_both_engines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spark_or_skip()
    kept = tmp_path / "runs.jsonl"
    # So few rows may stay on the driver that most of them do not.
    words = ["--orders", "3k", "--home", str(tmp_path / "home"), "--json", str(kept), "--master", "local[2]"]
    assert main([*words, "--near", "200"]) == 0
    run = json.loads(kept.read_text(encoding="utf-8"))
    assert run["differ"] == [] and run["compared"] > 20
    assert sum(stage["shuffle_bytes"] for stage in run["spark"]["stages"]) > 0
    assert not (tmp_path / "home" / "settings.yaml").exists()
    assert run["spark"]["driver_seconds"] > 0
    said = capsys.readouterr().out
    assert "tables compared, all equal" in said
    assert "processors: DuckDB" in said
