"""The Dagster definitions: one asset a stage, the job of a day, its schedule, its sensor, its checks.

Holds: how stages become assets, with partitions, groups, owners, kinds, schemas and metadata.
Never holds: what a stage does (``assets/``), who may run when (``desk.py`` and the store refuse).
Neighbour: ``cli.py`` runs this very job in process; ``workspace.yaml`` serves it.
"""

import hashlib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from assets.exports.reading import is_ready
from assets.foundation.errors import Refused, RulesError
from assets.foundation.settings import EngineName
from assets.foundation.store import Home
from assets.needs import matching
from assets.payouts.channels import read_rules
from assets.stages import STAGES, Stage
from pipelines.controlling import evaluated, results, sealed, specs
from pipelines.desk import Desk, home_from_environment
from pipelines.showing import Metadata, description, kinds, metadata, owners, schema, sealed_place, told

JOB = "settle_day"
ENGINE_TAG = "settle/engine"
_Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
_Job = Any  # what define_asset_job returns has no public name
_FALLBACK_ZONE = "Asia/Shanghai"
_YEAR = timedelta(days=366)


class DayConfig(dg.Config):
    """What a person may say when launching a day."""

    accept_quarantine: str | None = None


def partitions(home: Home, until: date | None = None) -> dg.DailyPartitionsDefinition:
    """The business dates: from the home's first export day, in the rules' timezone, up to today or ``until``.

    A home of old exports ends a year after the newest, so that its days are not lost among thousands of empty ones.
    """
    try:
        zone = read_rules(home.rules_file).timezone
    except RulesError:
        zone = _FALLBACK_ZONE  # a run of any day then says what is wrong with the file
    days = home.export_days()
    first = days[0] if days else date(2026, 1, 1)
    if until is None:
        # Dagster ends at its own today where that is earlier: no clock is read here.
        past = (days[-1] if days else date.max - _YEAR) + _YEAR
        return dg.DailyPartitionsDefinition(
            start_date=first.isoformat(), timezone=zone, end_offset=1, end_date=past.isoformat()
        )
    # Dagster knows no day that has not ended by its clock; what the command line names may be settled any time.
    end = max(first, until) + timedelta(days=1)
    ahead = (end - datetime.now(UTC).date()).days
    return dg.DailyPartitionsDefinition(
        start_date=first.isoformat(), timezone=zone, end_date=end.isoformat(), end_offset=max(0, ahead + 1)
    )


def _selected(context: dg.AssetExecutionContext) -> set[str]:
    """The stages that this run will execute: picked assets, or the steps of a re-execution."""
    assets = {key.to_user_string() for key in context.job_def.asset_layer.selected_asset_keys}
    steps = context.run.step_keys_to_execute
    return assets if steps is None else assets & set(steps)


@dataclass
class _Earlier:
    """The days of a run before its last one: settled by its first stage, shown with what their stages said."""

    said: dict[date, dict[str, Metadata]] = field(default_factory=dict)
    checked: list[dg.AssetCheckEvaluation] = field(default_factory=list)


def _run_stage(context: dg.AssetExecutionContext, stage: Stage, day: date, config: DayConfig) -> Metadata:
    """One stage of a day at the desk; a line of the log, unless the desk tells of it otherwise, and its figures."""
    desk: Desk = context.resources.desk
    done = desk.stage(stage, day, config.accept_quarantine)
    if day not in desk.ahead:
        context.log.info(told(stage, day, done))
    if stage is not STAGES[-1]:
        return metadata(stage, done, desk.day)
    return (
        metadata(stage, done, desk.day) | sealed_place(desk.home, day) | {"engine": dg.TextMetadataValue(desk.engine())}
    )


def _require_run(context: dg.AssetExecutionContext, days: list[date], config: DayConfig) -> None:
    """Raise Refused unless the run may begin: with several days none is settled, and none gets a waiver."""
    desk: Desk = context.resources.desk
    if len(days) == 1:
        return
    if config.accept_quarantine:
        raise Refused("accept_quarantine lets one day through: launch that day alone")
    if settled := [day for day in days if desk.home.is_settled(day)]:
        raise Refused(
            f"{len(settled)} of these {len(days)} days are settled already, {settled[-1]} last: launch the days after"
            " it, or tick the box that leaves out what is not missing"
        )


def _settle_whole(
    context: dg.AssetExecutionContext, day: date, config: DayConfig
) -> tuple[dict[str, Metadata], list[dg.AssetCheckEvaluation]]:
    """All stages of a day before the run's own, with what they say and their checks. Raises Refused."""
    desk: Desk = context.resources.desk
    said: dict[str, Metadata] = {}
    checked: list[dg.AssetCheckEvaluation] = []
    for stage in STAGES:
        said[stage.name] = _run_stage(context, stage, day, config)
        if desk.day:
            checked += [evaluated(one) for one in results(stage.name, desk.day)]
    return said, checked


def _left(home: Home, earlier: _Earlier, stages: Iterable[Stage]) -> Iterator[_Event]:
    """Of a run that fails, what its later stages cannot show: the earlier days as settled; and as their last outcome
    of the checks, for which Dagster would show an error, that of the last settled day."""
    last = home.settled_days()[-1:]
    standing = list(sealed(home, last[0])) if last else []
    for stage in stages:
        for day, said in earlier.said.items():
            yield dg.AssetMaterialization(stage.name, partition=str(day), metadata=said[stage.name])
        yield from _own(earlier.checked, stage) or _own(standing, stage)


def _own(checked: Iterable[dg.AssetCheckEvaluation], stage: Stage) -> list[dg.AssetCheckEvaluation]:
    return [check for check in checked if check.asset_key.to_user_string() == stage.name]


def _asset(stage: Stage, days: dg.DailyPartitionsDefinition, earlier: _Earlier) -> dg.AssetsDefinition:
    @dg.asset(
        name=stage.name,
        group_name=stage.group,
        description=description(stage),
        deps=list(stage.after),
        partitions_def=days,
        owners=owners(stage),
        kinds=kinds(stage),
        metadata=schema(stage),
        check_specs=specs(stage.name),
        required_resource_keys={"desk"},
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def run(context: dg.AssetExecutionContext, config: DayConfig) -> Iterator[Any]:
        desk: Desk = context.resources.desk
        wanted = [date.fromisoformat(key) for key in context.partition_keys]
        try:
            desk.require_whole(wanted[0], _selected(context))
            if stage is STAGES[0]:
                earlier.said, earlier.checked = {}, []
                _require_run(context, wanted, config)
                for day in desk.ahead:
                    desk.on_day(day, *_settle_whole(context, day, config))
                for day in wanted[:-1]:
                    earlier.said[day], checked = _settle_whole(context, day, config)
                    earlier.checked += checked
            figures = _run_stage(context, stage, wanted[-1], config)
        except (Refused, RulesError) as refused:
            yield from _left(desk.home, earlier, STAGES[STAGES.index(stage) :])
            settled = f"settled up to {max(earlier.said)}, and no further. " if earlier.said else ""
            raise dg.Failure(description=f"{settled}{refused}", allow_retries=False) from refused
        except BaseException:
            desk.close()  # also where a stage ended well and what is said of it did not
            raise
        for day, said in earlier.said.items():
            context.add_asset_metadata(said[stage.name], partition_key=str(day))
        context.add_asset_metadata(figures, partition_key=str(wanted[-1]))
        yield from _own(earlier.checked, stage)
        yield dg.MaterializeResult(check_results=list(results(stage.name, desk.day)) if desk.day else [])

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
    home.bring(matching(f"exports/{day}/*"), only=True)
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
        home.look_again()
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
        home.look_again()
        day = next_day(home)
        return _request(home, day) if day else dg.SkipReason("no exports yet")

    return ready_exports


def build_defs(
    home: Home, *, engine: EngineName | None = None, desk: Desk | None = None, until: date | None = None
) -> dg.Definitions:
    """All definitions of one home, whose days ``engine`` settles (by default the one that its settings name). ``desk``
    and ``until`` are for the command line: its own desk, the days it names."""
    days, earlier = partitions(home, until), _Earlier()
    job = dg.define_asset_job(
        JOB, selection=dg.AssetSelection.all(),
        description="Settles a business date, exports to seal, all or nothing; or several in a row, up to the first"
        " that is refused.",
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # a run of several days is such a part of Dagster
        assets = [_asset(stage, days, earlier) for stage in STAGES]
    return dg.Definitions(
        assets=assets,
        jobs=[job],
        schedules=[_schedule(home, job, days.timezone)],
        sensors=[_sensor(home, job)],
        resources={"desk": desk or Desk(home, engine=engine)},
        # All stages share the day's engine and lock, so every run is one process; so are assets picked by hand.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What ``workspace.yaml`` serves: the home of SETTLE_HOME, read when Dagster loads it, not at import."""
    return build_defs(home_from_environment())
