"""The real Dagster job: days materialised in process and the UI's way, what it records, and what it refuses."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.day import Day
from assets.foundation.audit import read_log
from assets.foundation.store import Home
from assets.ledger import intake_controls
from assets.stages import STAGES
from pipelines.controlling import CHECKS
from pipelines.definitions import JOB, build_defs
from pipelines.desk import Desk
from pipelines.people import login
from tests.pipelines.homes import BIN, D1, D2, D3, D4, ROOT, Said, contents, environment, settle_days, tree, write_home

Result = dg.ExecuteInProcessResult
Results = list[Result]


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    """Kept on disk, as in production."""
    with dg.DagsterInstance.local_temp() as made:
        yield made


@pytest.fixture
def passing() -> Iterator[dg.DagsterInstance]:
    """Kept in memory, which is quicker."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def execute(home: Home, day: object, instance: dg.DagsterInstance, *only: str) -> dg.ExecuteInProcessResult:
    """The job of the definitions for one day, or some of its assets."""
    job = build_defs(home, until=D4).resolve_job_def(JOB)
    return job.execute_in_process(
        partition_key=str(day), instance=instance, raise_on_error=False,
        asset_selection=[dg.AssetKey(name) for name in only] or None,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )  # fmt: skip


def said_no(result: dg.ExecuteInProcessResult) -> str:
    """The sentence of the first failure."""
    assert not result.success
    data: Any = next(event.event_specific_data for event in result.all_events if event.is_step_failure)
    return str(data.user_failure_data.description)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, instance: dg.DagsterInstance) -> tuple[Home, Results]:
    """Three days by the job, in an instance that keeps its runs."""
    home = write_home(tmp_path_factory.mktemp("job") / "home")
    return home, [execute(home, day, instance) for day in (D1, D2, D3)]


@pytest.mark.slow
def test_three_days(three: tuple[Home, Results], instance: dg.DagsterInstance) -> None:
    home, results = three
    assert [result.success for result in results] == [True, True, True]
    assert home.settled_days() == [D1, D2, D3]
    assert not home.staging_root.exists()
    for stage in STAGES:
        assert instance.get_materialized_partitions(dg.AssetKey(stage.name)) == {str(day) for day in (D1, D2, D3)}


def test_metadata_of_every_asset(three: tuple[Home, Results]) -> None:
    home, results = three
    seen = {}
    for event in results[2].get_asset_materialization_events():
        values = {name: value.value for name, value in event.materialization.metadata.items()}
        assert values.pop("seconds") >= 0
        seen[event.materialization.asset_key.to_user_string()] = values
        assert event.materialization.partition == str(D3)
    assert set(seen) == {stage.name for stage in STAGES}
    for stage in STAGES:
        if stage.table:
            rows = pl.read_parquet(home.settlement(D3) / f"{stage.table}.parquet").height
            assert seen[stage.name]["dagster/row_count"] == rows, stage.name
    # Money, beside the counts: the ledger's own figures.
    orders, payouts = (pl.read_parquet(home.settlement(D3) / f"{name}.parquet") for name in ("orders", "payouts"))
    assert seen["exports"]["money in, fen"] == 3000 + 8000 + 2400  # an order, a refund, a result
    assert seen["exports"]["dagster/row_count"] == 1 + 1 + 2 + 1 + 1
    assert seen["orders"]["kept, fen"] == orders["kept"].sum() == 5000 + 9000 + 3850
    day_before = results[1].asset_materializations_for_node("orders")[0].metadata
    assert day_before["kept, fen"].value == 9000 + 8000 + 8000  # of 260.00 yuan, 10.00 had been refunded
    assert seen["payouts"]["net, fen"] == payouts["net"].sum()
    assert seen["queue"]["queue contributed, fen"] == 1000 + 1800 + 770
    assert seen["points"]["points granted, units"] == 3500 + 6300 + 2695
    assert seen["late_refunds"]["taken back, fen"] > 0
    seal = home.seal(D3)
    assert seal
    assert seen["settlement"]["sha256"] == seal.sha256


def test_every_control_is_a_check_and_passed(three: tuple[Home, Results]) -> None:
    home, results = three
    for day, result in zip((D1, D2, D3), results, strict=True):
        checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
        assert set(checks) == {check.name for check in CHECKS}
        assert all(check.passed for check in checks.values())
        numbered = [check for check in checks.values() if check.asset_key == dg.AssetKey("controls")]
        assert [check.check_name[0] for check in numbered] == list("1234567")
        counted = sum(int(check.metadata["controls"].value) for check in numbered)  # type: ignore[arg-type]
        assert counted == pl.read_parquet(home.settlement(day) / "controls.parquet").height
        assert {check.metadata["failed"].value for check in checks.values()} == {0}


def test_the_job_and_the_bare_stages_give_the_same_bytes(three: tuple[Home, Results], tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    settle_days(home, D1, D2, D3)
    assert contents(home.root / "settlements") == contents(three[0].root / "settlements")


# --- what the job refuses ----------------------------------------------------------------------------------------


def test_days_out_of_order(home: Home, passing: dg.DagsterInstance) -> None:
    before = tree(home.root)
    refused = execute(home, D2, passing)
    assert said_no(refused).startswith("2025-11-02 cannot be settled: 2025-11-01 is not settled")
    assert not refused.get_asset_materialization_events()
    assert tree(home.root) == before
    assert execute(home, D1, passing).success
    assert said_no(execute(home, D1, passing)).startswith("2025-11-01 is settled already")
    assert execute(home, D2, passing).success
    assert home.settled_days() == [D1, D2]


@pytest.mark.parametrize(
    "only", [("orders",), ("settlement",), ("results", "report"), ("exports",), ("exports", "results")]
)
def test_a_part_of_a_day_is_refused(home: Home, passing: dg.DagsterInstance, only: tuple[str, ...]) -> None:
    before = tree(home.root)
    refused = said_no(execute(home, D1, passing, *only))
    assert refused.startswith(f"{', '.join(sorted(only))} of 2025-11-01 without ")
    assert "is part of a whole: a day is settled by the job settle_day" in refused
    assert tree(home.root) == before


def test_a_hole_in_the_stages_is_refused_and_cleared(home: Home, passing: dg.DagsterInstance) -> None:
    before = tree(home.root)
    refused = said_no(execute(home, D1, passing, "exports", "late_refunds", "settlement"))
    assert refused.startswith("exports, late_refunds, settlement of 2025-11-01 without ")
    assert tree(home.root) == before


def test_a_desk_keeps_stages_and_days_apart(home: Home) -> None:
    desk = Desk(home)
    desk.stage(STAGES[0], D1)
    assert home.staging_root.is_dir()
    with pytest.raises(Exception, match="results of 2025-11-02 is part of a whole"):
        desk.stage(STAGES[1], D2)
    assert not home.staging_root.exists()


def test_faulty_rules_fail_the_run(home: Home, passing: dg.DagsterInstance) -> None:
    home.rules_file.write_text("timezone: Nowhere\n", encoding="utf-8")
    before = tree(home.root)
    assert f"{home.rules_file}:" in said_no(execute(home, D1, passing))
    assert tree(home.root) == before


# --- several days in one run -------------------------------------------------------------------------------------


def execute_range(home: Home, first: object, last: object, instance: dg.DagsterInstance, **config: str) -> Result:
    """What a backfill of the UI runs: one run of the job over a range of days."""
    job = build_defs(home, until=D4).resolve_job_def(JOB)
    tags = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
    return job.execute_in_process(
        instance=instance, raise_on_error=False, tags=tags,
        run_config={
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            "ops": {"exports": {"config": config}} if config else {},
        },
    )  # fmt: skip


def days_shown(result: Result) -> dict[str, list[str]]:
    """Asset -> the days that the run shows as materialised, in the order of its events."""
    shown: dict[str, list[str]] = {stage.name: [] for stage in STAGES}
    for event in result.get_asset_materialization_events():
        shown[event.materialization.asset_key.to_user_string()].append(str(event.materialization.partition))
    return shown


def test_a_range_is_settled_in_order_by_one_run(
    three: tuple[Home, Results], home: Home, passing: dg.DagsterInstance
) -> None:
    result = execute_range(home, D1, D3, passing)
    assert result.success
    assert contents(home.root / "settlements") == contents(three[0].root / "settlements")
    assert set(map(tuple, days_shown(result).values())) == {(str(D1), str(D2), str(D3))}
    kept = {
        event.partition: event.materialization.metadata["kept, fen"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("orders")
    }
    assert kept == {
        str(day): pl.read_parquet(home.settlement(day) / "orders.parquet")["kept"].sum() for day in (D1, D2, D3)
    }
    checks = [(check.metadata["day"].value, check.check_name) for check in result.get_asset_check_evaluations()]
    assert sorted(checks) == sorted((str(day), check.name) for day in (D1, D2, D3) for check in CHECKS)


def test_a_range_ends_at_the_first_day_that_is_refused(home: Home, passing: dg.DagsterInstance) -> None:
    (home.exports(D3) / "orders.csv").write_text("order_id\nO7\n", encoding="utf-8")
    result = execute_range(home, D1, D4, passing)
    assert said_no(result).startswith("settled up to 2025-11-02, and no further. ")
    assert "orders.csv" in said_no(result)
    assert home.settled_days() == [D1, D2]
    assert set(map(tuple, days_shown(result).values())) == {(str(D1), str(D2))}
    assert not home.staging_root.exists()


def test_a_range_with_a_settled_day_is_refused(home: Home, passing: dg.DagsterInstance) -> None:
    settle_days(home, D1, D2)
    before = tree(home.root)
    refused = said_no(execute_range(home, D1, D3, passing))
    assert refused.startswith("2 of these 3 days are settled already, 2025-11-02 last: launch the days after it")
    refused = said_no(execute_range(home, D3, D4, passing, accept_quarantine="known"))
    assert refused == "accept_quarantine lets one day through: launch that day alone"
    assert tree(home.root) == before


# --- controls ----------------------------------------------------------------------------------------------------


def test_a_control_that_fails_is_a_failed_check_and_refuses_the_day(
    home: Home, passing: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forged(day: Day) -> pl.DataFrame:
        at = pl.col("name") == "5 control total orders fen"
        return intake_controls(day).with_columns(found=pl.col("found") - pl.when(at).then(7).otherwise(0))

    monkeypatch.setattr("assets.ledger.intake_controls", forged)
    before = tree(home.root)
    result = execute(home, D1, passing)
    assert "1 of " in said_no(result) and "controls failed, nothing was published" in said_no(result)
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    assert [name for name, check in checks.items() if not check.passed] == ["5_no_row_lost"]
    failed = checks["5_no_row_lost"]
    figures = {name: value.value for name, value in failed.metadata.items()}
    expected = figures["expected"]
    assert (figures["day"], figures["failed"], figures["difference"]) == (str(D1), 1, -7)
    assert failed.description == (
        f"2025-11-01: 5 control total orders fen: expected {expected:,}, found {expected - 7:,}, difference -7"
    )
    assert tree(home.root) == before


def test_a_refused_run_leaves_the_checks_of_the_last_settled_day(home: Home, passing: dg.DagsterInstance) -> None:
    settle_days(home, D1)
    refused = execute(home, D3, passing)
    assert said_no(refused).startswith("2025-11-03 cannot be settled")
    checks = [
        (check.check_name, check.passed, check.metadata["day"].value) for check in refused.get_asset_check_evaluations()
    ]
    assert sorted(checks) == sorted((check.name, True, str(D1)) for check in CHECKS)


# --- the log of a run --------------------------------------------------------------------------------------------


def test_a_run_tells_what_every_stage_came_to(home: Home, passing: dg.DagsterInstance) -> None:
    settle_days(home, D1)
    result = execute(home, D2, passing)
    told = [entry.user_message for entry in passing.all_logs(result.run_id) if not entry.is_dagster_event]
    assert sorted(line.split()[1] for line in told) == sorted(f"{stage.name}:" for stage in STAGES)
    assert all(line.startswith("2025-11-02 ") for line in told)
    orders = next(line for line in told if " orders: " in line)
    assert re.fullmatch(r"2025-11-02 orders: 3 rows; kept 250\.00 yuan \(\d+\.\d\d s\)", orders)
    everything = "".join(entry.to_json() for entry in passing.all_logs(result.run_id))
    assert not [secret for secret in ("a@example.org", "oC", "Chen", "Tea house") if secret in everything]


# --- the UI's way: Dagster's own commands ------------------------------------------------------------------------


def dagster(home: Home, kept: Path, *words: object) -> Said:
    """`dagster` as a process, with an instance of its own."""
    kept.mkdir(exist_ok=True)
    (kept / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    done = subprocess.run(
        [BIN / "dagster", *map(str, words)], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
        env=environment(DAGSTER_HOME=str(kept), SETTLE_HOME=str(home.root)),
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
def test_the_ui_gives_the_same_bytes_as_the_command_line(
    three: tuple[Home, Results], home: Home, tmp_path: Path
) -> None:
    module = ("-m", "pipelines.definitions")
    day = dagster(home, tmp_path / "kept", "asset", "materialize", "--select", "*", "--partition", D1, *module)
    assert day.code == 0, day.err
    tag = f'{{"dagster/partition": "{D2}"}}'
    day = dagster(home, tmp_path / "kept", "job", "execute", "-j", JOB, "--tags", tag, *module)
    assert day.code == 0, day.err
    other = write_home(tmp_path / "other")
    settle_days(other, D1, D2)
    assert home.settled_days() == [D1, D2]
    assert contents(home.root / "settlements") == contents(other.root / "settlements")
    made = {path.name for path in home.root.iterdir()} - {"exports", "rules.yaml"}
    assert made == {".seen.json", "audit.jsonl", "issued", "settlements"}
    assert [(one.day, one.by) for one in read_log(home)] == [(D1, login()), (D2, login())]


@pytest.mark.slow
def test_the_ui_refuses_a_day_out_of_turn(home: Home, tmp_path: Path) -> None:
    before = tree(home.root)
    words = ("--select", "*", "--partition", D2, "-m", "pipelines.definitions")
    day = dagster(home, tmp_path / "kept", "asset", "materialize", *words)
    assert day.code == 1
    assert "2025-11-02 cannot be settled: 2025-11-01 is not settled" in day.err
    assert tree(home.root) == before


@pytest.mark.slow
def test_workspace_loads(home: Home, tmp_path: Path) -> None:
    loaded = dagster(home, tmp_path / "kept", "definitions", "validate", "-w", "workspace.yaml")
    assert loaded.code == 0, loaded.err
