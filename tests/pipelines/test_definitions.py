"""What Dagster sees: a snapshot of every definition, the schedule and the sensor, and loading without a clock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.definitions import build_defs, next_day, partitions
from tests.pipelines.homes import D3, D4, environment

Ask = Callable[..., dg.RunRequest | dg.SkipReason]
SNAPSHOT = Path(__file__).with_name("definitions.json")


def schemas(metadata: Mapping[str, Any]) -> dict[str, dg.TableSchema]:
    """The column schemas among an asset's metadata."""
    return {name: value for name, value in metadata.items() if isinstance(value, dg.TableSchema)}


def snapshot(defs: dg.Definitions) -> dict[str, Any]:
    """Every definition by name, with what a person who operates it relies on."""
    graph = defs.resolve_asset_graph()
    assets = {
        key.to_user_string(): {
            "group": (node := graph.get(key)).group_name,
            "deps": sorted(parent.to_user_string() for parent in node.parent_keys),
            "kinds": sorted(node.kinds),
            "owners": sorted(node.owners),
            "columns": {
                name: [column.name for column in table.columns]
                for name, table in sorted(schemas(node.metadata).items())
            },
        }
        for key in sorted(graph.get_all_asset_keys(), key=str)
    }
    days = {node.partitions_def for node in graph.asset_nodes}
    assert len(days) == 1
    schedule, sensor = defs.resolve_schedule_def("nightly"), defs.resolve_sensor_def("ready_exports")
    return {
        "assets": assets,
        "partitions": str(days.pop()),
        "checks": {
            f"{spec.asset_key.to_user_string()}.{spec.name}": spec.description
            for node in graph.asset_nodes
            for spec in defs.resolve_assets_def(node.key).check_specs
        },
        "jobs": {
            job.name: sorted(node.to_user_string() for node in job.asset_layer.selected_asset_keys)
            for job in defs.resolve_all_job_defs()
            if not job.name.startswith("__")
        },
        "schedules": {
            schedule.name: [
                schedule.job_name, schedule.cron_schedule, schedule.execution_timezone, schedule.default_status.value,
            ]
        },
        "sensors": {
            sensor.name: [sensor.job_name, sensor.minimum_interval_seconds, sensor.default_status.value]
        },
    }  # fmt: skip


def test_definitions_are_loadable(home: Home) -> None:
    dg.Definitions.validate_loadable(build_defs(home))
    dg.Definitions.validate_loadable(build_defs(home, until=D4))


def test_definitions_are_what_they_were(home: Home) -> None:
    """After a change that is meant: python -m tests.pipelines.test_definitions > tests/pipelines/definitions.json."""
    assert snapshot(build_defs(home, until=D4)) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_snapshot_names_every_stage() -> None:
    assert set(json.loads(SNAPSHOT.read_text(encoding="utf-8"))["assets"]) == {stage.name for stage in STAGES}


def test_every_asset_and_every_column_is_described(home: Home) -> None:
    graph = build_defs(home).resolve_asset_graph()
    for node in graph.asset_nodes:
        assert node.description, node.key
        for table in schemas(node.metadata).values():
            assert table.columns
            assert all(column.description and column.type for column in table.columns), node.key
    tables = {stage.name for stage in STAGES if stage.table} | {"exports"}
    described = {
        node.key.to_user_string() for node in graph.asset_nodes if "dagster/column_schema" in schemas(node.metadata)
    }
    assert described == tables


def test_business_dates_are_those_of_the_rules_timezone(home: Home) -> None:
    days = partitions(home, until=D3)
    assert days.timezone == "Asia/Shanghai"
    assert days.get_partition_keys() == ["2025-11-01", "2025-11-02", "2025-11-03"]
    # In Shanghai the 4th has begun, in London it is still the 3rd.
    open_end = partitions(home).get_partition_keys(current_time=datetime.fromisoformat("2025-11-03T16:00:00+00:00"))
    assert open_end[-1] == "2025-11-04"


# --- schedule and sensor -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def _request(data: Any) -> dg.RunRequest | dg.SkipReason:
    return data.run_requests[0] if data.run_requests else dg.SkipReason(data.skip_message)


@pytest.fixture
def tick(instance: dg.DagsterInstance) -> Ask:
    """What the schedule of a home says at a time of the rules' timezone."""

    def at(home: Home, time: str) -> dg.RunRequest | dg.SkipReason:
        defs = build_defs(home, until=D4)
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=datetime.fromisoformat(time + "+08:00"),
            repository_def=defs.get_repository_def(),
        )  # fmt: skip
        return _request(defs.resolve_schedule_def("nightly").evaluate_tick(context))

    return at


@pytest.fixture
def look(instance: dg.DagsterInstance) -> Ask:
    """What the sensor of a home says."""

    def now(home: Home) -> dg.RunRequest | dg.SkipReason:
        defs = build_defs(home, until=D4)
        context = dg.build_sensor_context(instance=instance, repository_def=defs.get_repository_def())
        return _request(defs.resolve_sensor_def("ready_exports").evaluate_tick(context))

    return now


def asked(request: dg.RunRequest | dg.SkipReason) -> tuple[str | None, str | None]:
    assert isinstance(request, dg.RunRequest), request
    return request.partition_key, request.run_key


def skipped(request: dg.RunRequest | dg.SkipReason) -> str:
    assert isinstance(request, dg.SkipReason), request
    return request.skip_message or ""


def test_schedule_settles_the_day_before(tick: Ask, settled: Home) -> None:
    assert asked(tick(settled, "2025-11-04T02:00:00"))[0] == "2025-11-03"


def test_schedule_takes_up_the_day_that_was_late(tick: Ask, settled: Home) -> None:
    assert asked(tick(settled, "2025-11-09T02:00:00"))[0] == "2025-11-03"


def test_a_refused_day_is_asked_for_again_once_its_exports_change(tick: Ask, look: Ask, settled: Home) -> None:
    keys = [asked(tick(settled, "2025-11-04T02:00:00"))[1], asked(look(settled))[1]]
    assert keys[0] == keys[1] == asked(look(settled))[1]
    (settled.exports(D3) / "notes.txt").write_text("corrected", encoding="utf-8")
    assert asked(look(settled))[1] != keys[0]


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2025-11-03T02:00:00", "2025-11-02 is settled already"),
        ("2025-11-02T02:00:00", "2025-11-01 is settled already"),
    ],
)
def test_schedule_skips_what_is_not_in_turn(tick: Ask, settled: Home, at: str, why: str) -> None:
    assert skipped(tick(settled, at)).startswith(why)


def test_schedule_waits_for_the_mark(tick: Ask, settled: Home) -> None:
    mark = settled.exports(D3) / "_SUCCESS"
    mark.unlink()
    assert "not ready: no control and no _SUCCESS in 2025-11-03" in skipped(tick(settled, "2025-11-04T02:00:00"))
    (settled.exports(D3) / "control.csv").touch()
    assert asked(tick(settled, "2025-11-04T02:00:00"))[0] == "2025-11-03"


def test_sensor_settles_the_next_day(look: Ask, settled: Home) -> None:
    assert asked(look(settled))[0] == "2025-11-03"


def test_sensor_begins_with_the_first_export_day(look: Ask, home: Home) -> None:
    assert asked(look(home))[0] == "2025-11-01"


def test_sensor_skips(look: Ask, settled: Home, tmp_path: Path) -> None:
    (settled.exports(D3) / "_SUCCESS").unlink()
    assert skipped(look(settled)).startswith("exports of 2025-11-03 are not ready")
    for path in settled.exports(D3).iterdir():
        path.unlink()
    settled.exports(D3).rmdir()
    assert skipped(look(settled)).startswith("exports of 2025-11-03 are not ready")
    (tmp_path / "empty").mkdir()
    assert skipped(look(Home(tmp_path / "empty"))) == "no exports yet"


def test_next_day(settled: Home, tmp_path: Path) -> None:
    assert next_day(settled) == D3
    assert next_day(Home(tmp_path / "empty")) is None


# --- loading -----------------------------------------------------------------------------------------------------

_LOADING = """
import sys
import dagster, duckdb, pandera.polars, polars  # theirs may look at the clock, ours may not
asked = []
CLOCK = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
def look(frame, event, called):
    ours = frame.f_globals.get("__name__", "").split(".")[0] in ("assets", "pipelines")
    if event == "c_call" and ours and called.__name__ in CLOCK:
        asked.append(called.__qualname__)
sys.setprofile(look)
from pipelines.definitions import defs
loaded = defs()
sys.setprofile(None)
dagster.Definitions.validate_loadable(loaded)
print(sorted(asked))
"""


def test_loading_reads_no_clock_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADING], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment(),
        timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert list(tmp_path.iterdir()) == []


def _print_snapshot() -> None:
    import tempfile

    from tests.pipelines.homes import write_home

    with tempfile.TemporaryDirectory() as folder:
        found = snapshot(build_defs(write_home(Path(folder)), until=D4))
    parts = []
    for name, items in found.items():
        lines = (
            [f"  {json.dumps(key)}: {json.dumps(items[key])}" for key in sorted(items)] if name != "partitions" else []
        )
        parts.append(f" {json.dumps(name)}: " + ("{\n" + ",\n".join(lines) + "\n }" if lines else json.dumps(items)))
    sys.stdout.write("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    _print_snapshot()
