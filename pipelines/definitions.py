"""The Dagster definitions: one asset a stage, the job of a day, its schedule, its sensor, its checks.

Holds: how stages become assets, with partitions, groups, owners, kinds, schemas and metadata.
Never holds: what a stage does (``assets/``), who may run when (``desk.py`` and the store refuse).
Neighbour: ``cli.py`` runs this very job in process; ``workspace.yaml`` serves it.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from assets.exports.models import MODELS, describe
from assets.exports.reading import is_ready
from assets.foundation.errors import Refused, RulesError
from assets.foundation.store import Home
from assets.outputs import OUTPUTS
from assets.payouts.channels import read_rules
from assets.stages import STAGES, Stage
from pipelines.desk import Desk, Done, home_from_environment

JOB = "settle_day"
_Job = Any  # what define_asset_job returns has no public name
_FALLBACK_ZONE = "Asia/Shanghai"
_OWNERS = {
    "exports": "team:data", "requests": "team:finance", "orders": "team:finance", "programmes": "team:finance",
    "rewards": "team:finance", "ledger": "team:finance", "payouts": "team:payment-operations",
    "report": "team:finance", "settlement": "team:finance",
}  # fmt: skip
# The numbers of rules.md section 11, each an asset check of `controls`.
CONTROLS = {
    "1": "Every transaction balances; closing = opening + movements",
    "2": "No pool, wallet or voucher backing below zero; each pool equals contributed less paid out plus taken back",
    "3": "Tickets, claims and lots: received within bounds, and equal to payments less take-backs",
    "4": "fifo: no ticket overtakes",
    "5": "Control totals: rows and fen in = accepted + duplicates + quarantined",
    "6": "Payout files = payouts = journal",
    "7": "Paid depth within its limit; no cycle or joining order claims more than it paid in",
}


class DayConfig(dg.Config):
    """What a person may say when launching a day."""

    accept_quarantine: str | None = None


def partitions(home: Home, until: date | None = None) -> dg.DailyPartitionsDefinition:
    """The business dates: from the home's first export day, in the rules' timezone, up to today or ``until``."""
    try:
        zone = read_rules(home.rules_file).timezone
    except RulesError:
        zone = _FALLBACK_ZONE  # a run of any day then says what is wrong with the file
    days = home.export_days()
    first = days[0] if days else date(2026, 1, 1)
    if until is None:
        return dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone=zone, end_offset=1)
    # Dagster knows no day that has not ended by its clock; what the command line names may be settled any time.
    end = max(first, until) + timedelta(days=1)
    ahead = (end - datetime.now(UTC).date()).days
    return dg.DailyPartitionsDefinition(
        start_date=first.isoformat(), timezone=zone, end_date=end.isoformat(), end_offset=max(0, ahead + 1)
    )


def _metadata(done: Done) -> dict[str, dg.MetadataValue]:
    values: dict[str, dg.MetadataValue] = {
        "seconds": dg.MetadataValue.float(round(done.seconds, 3)),
        "bytes written": dg.MetadataValue.int(done.bytes_written),
        "peak memory, bytes": dg.MetadataValue.int(done.peak_memory),
    }
    rows = done.facts.get("rows")
    if isinstance(rows, int) and rows:
        values["rows per second"] = dg.MetadataValue.float(round(rows / done.seconds, 1))
    for name, value in done.facts.items():
        key = "dagster/row_count" if name == "rows" else name
        values[key] = dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.text(value)
    return values


def _schema(stage: Stage) -> dict[str, dg.TableSchema]:
    """The columns that the contract promises: of the stage's output, or of every export file."""
    if stage.name == "exports":
        return {
            f"columns of {file}": dg.TableSchema([dg.TableColumn(*column) for column in describe(model)])
            for file, model in MODELS.items()
        }
    if not stage.table:
        return {}
    output = OUTPUTS[stage.table]
    columns = [
        dg.TableColumn(
            name, kind, description, constraints=dg.TableColumnConstraints(unique=[name] == list(output.key))
        )
        for name, (kind, description) in output.columns.items()
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns)}


def _check_results(desk: Desk) -> Iterator[dg.AssetCheckResult]:
    """One result a number of rules.md section 11, with the figures of every control below it."""
    day = desk.day
    if day is None or "controls.parquet" not in day.written:
        return
    rows = day.frame("controls", "name").to_dicts()
    for number in CONTROLS:
        own = [row for row in rows if row["name"].startswith(f"{number} ")]
        failed = [row for row in own if not row["ok"]]
        worst = max(failed or own, key=lambda row: abs(row["found"] - row["expected"]), default=None)
        figures = {"controls": len(own), "failed": len(failed)}
        if worst:
            figures |= {"expected": worst["expected"], "found": worst["found"],
                        "difference": worst["found"] - worst["expected"]}  # fmt: skip
        listed = "; ".join(f"{row['name']}: expected {row['expected']}, found {row['found']}" for row in failed[:20])
        yield dg.AssetCheckResult(
            check_name=f"control_{number}", asset_key="controls", passed=not failed, metadata=figures,
            description=listed or None, severity=dg.AssetCheckSeverity.ERROR,
        )  # fmt: skip


def _selected(context: dg.AssetExecutionContext) -> set[str]:
    """The stages that this run will execute: picked assets, or the steps of a re-execution."""
    assets = {key.to_user_string() for key in context.job_def.asset_layer.selected_asset_keys}
    steps = context.run.step_keys_to_execute
    return assets if steps is None else assets & set(steps)


def _asset(stage: Stage, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    specs = [dg.AssetCheckSpec(f"control_{key}", asset="controls", description=text) for key, text in CONTROLS.items()]

    @dg.asset(
        name=stage.name,
        group_name=stage.group,
        description=stage.description,
        deps=list(stage.after),
        partitions_def=days,
        owners=[_OWNERS[stage.group]],
        kinds={"duckdb", "parquet"} if stage.table else {"duckdb"},
        metadata=_schema(stage),
        check_specs=specs if stage.name == "controls" else None,
        required_resource_keys={"desk"},
    )
    def run(context: dg.AssetExecutionContext, config: DayConfig) -> Iterator[dg.MaterializeResult[Any]]:
        desk: Desk = context.resources.desk
        day = date.fromisoformat(context.partition_key)
        try:
            desk.require_whole(day, _selected(context))
            done = desk.stage(stage, day, config.accept_quarantine)
        except (Refused, RulesError) as refused:
            raise dg.Failure(description=str(refused), allow_retries=False) from refused
        results = list(_check_results(desk)) if stage.name == "controls" else None
        yield dg.MaterializeResult(metadata=_metadata(done), check_results=results)

    return run


def _turn(home: Home, day: date) -> str:
    """Why ``day`` cannot be settled unasked, or "" when it can."""
    if not is_ready(home.exports(day)):
        return f"exports of {day} are not ready: no control and no _SUCCESS in {home.exports(day).name}"
    try:
        home.require_turn(day)
    except Refused as refused:
        return str(refused)
    return ""


def next_day(home: Home) -> date | None:
    """The day whose turn it is: after the last settled one, or the first with exports."""
    settled, exported = home.settled_days(), home.export_days()
    if settled:
        return settled[-1] + timedelta(days=1)
    return exported[0] if exported else None


def _request(home: Home, day: date) -> dg.RunRequest | dg.SkipReason:
    """A run of ``day``, or why not. Its key follows the inputs: a refused day is tried again once they change."""
    if reason := _turn(home, day):
        return dg.SkipReason(reason)
    inputs = [home.rules_file, *sorted(path for path in home.exports(day).iterdir() if path.is_file())]
    seen = "\n".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in inputs if path.exists())
    key = f"{day.isoformat()}-{hashlib.sha256(seen.encode()).hexdigest()[:16]}"
    return dg.RunRequest(run_key=key, partition_key=day.isoformat())


def _schedule(home: Home, job: _Job, zone: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="nightly", job=job, cron_schedule="0 2 * * *", execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="At 02:00 settles the next day up to yesterday, if its exports are ready. Off until switched on.",
    )  # fmt: skip
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        # A day that was late or refused is taken up first: yesterday cannot be settled before it.
        return _request(home, min(next_day(home) or yesterday, yesterday))

    return nightly


def _sensor(home: Home, job: _Job) -> dg.SensorDefinition:
    @dg.sensor(
        name="ready_exports", job=job, minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Settles the next day as soon as its exports are ready. Off until switched on.",
    )  # fmt: skip
    def ready_exports(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = next_day(home)
        return _request(home, day) if day else dg.SkipReason("no exports yet")

    return ready_exports


def build_defs(home: Home, *, desk: Desk | None = None, until: date | None = None) -> dg.Definitions:
    """All definitions of one home. ``desk`` and ``until`` are for the command line: its own desk, the days it names."""
    days = partitions(home, until)
    job = dg.define_asset_job(
        JOB, selection=dg.AssetSelection.all(),
        description="Settles one business date: exports to seal, all or nothing.",
    )  # fmt: skip
    return dg.Definitions(
        assets=[_asset(stage, days) for stage in STAGES],
        jobs=[job],
        schedules=[_schedule(home, job, days.timezone)],
        sensors=[_sensor(home, job)],
        resources={"desk": desk or Desk(home)},
        # All stages share the day's engine and lock, so every run is one process; so are assets picked by hand.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What ``workspace.yaml`` serves: the home of SETTLE_HOME, read when Dagster loads it, not at import."""
    return build_defs(home_from_environment())
