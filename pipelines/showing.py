"""What the Dagster UI shows of a stage: its words, owners, columns and their sources, and the figures of a day.

Holds: how stages, models and figures become descriptions, schemas, metadata and lines of a run's log.
Never holds: running a stage (``definitions.py``), names, accounts or free text of people.
Neighbour: ``controlling.py`` shows the controls; ``assets/lineage.py`` and ``assets/outputs.py`` are the source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from assets.day import Day
from assets.exports.models import MODELS
from assets.foundation.store import Home, Seal
from assets.lineage import LINEAGE
from assets.outputs import OUTPUTS, Output
from assets.payouts.reading import FOLDER, LIST
from assets.stages import Stage
from assets.units import yuan
from pipelines.desk import Done

Metadata = dict[str, dg.MetadataValue[Any]]
_LISTED = 20  # rows of a table beside an asset; the rest stands in the files
_FIRST = 10  # rows of an output as an example
_OWNERS = {
    "exports": "team:data", "requests": "team:finance", "orders": "team:finance", "programmes": "team:finance",
    "funding": "team:finance", "ledger": "team:finance", "payouts": "team:payment-operations",
    "report": "team:finance", "seal": "team:finance",
}  # fmt: skip
# What a stage without a table of its own is made with; the rest is DuckDB and, with a table, Parquet.
_KINDS = {
    "exports": {"csv", "parquet", "polars"}, "quarantine": {"csv", "polars"},
    "controls": {"duckdb", "polars", "parquet"}, "payouts": {"duckdb", "polars", "parquet"},
    "report": {"python", "html"}, "settlement": {"duckdb", "parquet", "json"},
}  # fmt: skip


def owners(stage: Stage) -> list[str]:
    """The team that is asked when something is odd."""
    return [_OWNERS[_area(stage)]]


def kinds(stage: Stage) -> set[str]:
    """The tools that make it."""
    return _KINDS.get(stage.name, {"duckdb", "parquet"} if stage.table else {"duckdb"})


def _area(stage: Stage) -> str:
    return stage.group.partition("_")[2]


def _as_text(words: str) -> str:
    """Markdown takes ``<day>`` for a tag and shows nothing: such words are marked as code."""
    return re.sub(r"\S*<\S*[^\s,;.]", lambda found: f"`{found.group()}`", words)


def description(stage: Stage) -> str:
    """Markdown: what it makes, by which rule, and where that lies."""
    parts = [_as_text(stage.description)]
    if stage.table:
        output = OUTPUTS[stage.table]
        parts += [
            f"**Leaves** `settlements/<day>/{output.name}.parquet`. {_as_text(output.description)}",
            f"**Rows** in the order of `{'`, `'.join(output.key)}`, which no two share.",
        ]
    if stage.after:
        parts.append(f"**After** {', '.join(f'`{name}`' for name in stage.after)}.")
    return "\n\n".join(parts)


# --- columns -----------------------------------------------------------------------------------------------------


def schema(stage: Stage) -> dict[str, Any]:
    """The columns that the contract promises, with their sources: of the stage's output, or of every export file."""
    if stage.name == "exports":
        return {"dagster/column_schema": dg.TableSchema(list(_export_columns()))}
    if not stage.table:
        return {}
    return {
        "dagster/column_schema": _output_schema(OUTPUTS[stage.table]),
        "dagster/column_lineage": lineage(stage.table),
    }


def _export_columns() -> Iterable[dg.TableColumn]:
    for file, model in MODELS.items():
        for name, column in model.to_schema().columns.items():
            yield dg.TableColumn(
                f"{file}.{name}", str(column.dtype), _as_text(column.description or ""),
                constraints=dg.TableColumnConstraints(
                    nullable=bool(column.nullable), other=[str(check.error) for check in column.checks]
                ),
            )  # fmt: skip


def _output_schema(output: Output) -> dg.TableSchema:
    sources, alone = LINEAGE[output.name], output.numbered or (output.key[0] if len(output.key) == 1 else "")
    columns = []
    for name, column in output.model.to_schema().columns.items():
        text = _as_text(column.description or "")
        if name in sources:
            text += f". From {', '.join(f'`{source}`' for source in sources[name])}"
        columns.append(
            dg.TableColumn(
                name, str(column.dtype), text,
                constraints=dg.TableColumnConstraints(nullable=bool(column.nullable), unique=name == alone),
            )
        )  # fmt: skip
    return dg.TableSchema(columns, dg.TableConstraints(other=[f"no two rows share {', '.join(output.key)}"]))


def lineage(table: str) -> dg.TableColumnLineage:
    """The columns that each column of an output is made of."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(*source.split(".", 1)) for source in sources]
            for column, sources in LINEAGE[table].items()
        }
    )


# --- the figures of a day ----------------------------------------------------------------------------------------


def metadata(stage: Stage, done: Done, work: Day | None) -> Metadata:
    """The figures of a stage, as numbers under names that stay, so that the UI draws them over the days; with a small
    table while the day is at ``work``."""
    values = _figures(done.facts)
    if work and (table := day_table(stage.name, work)):
        name, frame = table
        values[name] = as_table(frame)
    values |= {
        "seconds": dg.MetadataValue.float(round(done.seconds, 3)),
        "bytes written": dg.MetadataValue.int(done.bytes_written),
        "peak memory, bytes": dg.MetadataValue.int(done.peak_memory),
    }
    rows = done.facts.get("rows")
    if isinstance(rows, int) and rows:
        values["rows per second"] = dg.MetadataValue.float(round(rows / done.seconds, 1))
    return values


def _figures(facts: Mapping[str, int | str]) -> Metadata:
    return {
        "dagster/row_count" if name == "rows" else name: dg.MetadataValue.int(value)
        if isinstance(value, int) else dg.MetadataValue.text(value)
        for name, value in facts.items()
    }  # fmt: skip


def as_table(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """The first rows of a frame; dates as text."""
    frame = frame.head(_LISTED)
    timed = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    plain = frame.with_columns(pl.col(timed).cast(pl.String)) if timed else frame
    return table(plain.to_dicts(), frame.schema)


def table(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, Any]) -> dg.TableMetadataValue:
    """The first rows of a table, ``kinds`` being what its columns hold."""
    columns = [dg.TableColumn(name, str(kind)) for name, kind in kinds.items()]
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows[:_LISTED]], dg.TableSchema(columns))


def _files(work: Day) -> pl.DataFrame:
    totals = work.taken().totals.filter(pl.col("rows_in") > 0).sort("file")
    return totals.select("file", "rows_in", "rows_accepted", "rows_duplicate", "rows_quarantined", "net_in")


def _quarantined(work: Day) -> pl.DataFrame:
    rows = work.taken().quarantined
    return rows.group_by("file", "reason").agg(rows=pl.len(), net_fen=pl.col("net").sum()).sort("file", "reason")


def _channels(work: Day) -> pl.DataFrame:
    listed = json.loads((work.staging / FOLDER / LIST).read_bytes())["files"]
    kept = {"channel": pl.String, "file": pl.String, "rows": pl.Int64, "net_fen": pl.Int64}
    files = pl.DataFrame([[one[name] for name in kept] for one in listed], schema=kept, orient="row")
    sums = files.group_by("channel").agg(files=pl.len(), payments=pl.col("rows").sum(), net_fen=pl.col("net_fen").sum())
    return sums.sort("channel")


def _pools(work: Day) -> pl.DataFrame:
    sums = work.frame("account_sums", "account, commodity")
    return sums.filter(pl.col("account").str.starts_with("pool_") | (pl.col("account") == "voucher_backing"))


def _first_rows(table: str) -> Callable[[Day], pl.DataFrame]:
    return lambda work: pl.read_parquet(work.staging / f"{table}.parquet", n_rows=_FIRST)


_TABLES: dict[str, tuple[str, Callable[[Day], pl.DataFrame]]] = {
    "exports": ("rows by file", _files),
    "quarantine": ("quarantined by code", _quarantined),
    "orders": ("first rows", _first_rows("orders")),
    "rewards": ("rewards by kind", lambda work: work.frame("rewards_by_kind", "programme, kind, commodity")),
    "tickets": ("first rows", _first_rows("tickets")),
    "claims": ("first rows", _first_rows("claims")),
    "lots": ("lots by programme", lambda work: work.frame("lots_by_programme", "programme")),
    "payouts": ("payouts by channel", _channels),
    "entries": ("transactions", lambda work: work.frame("transactions", "txn_id, commodity")),
    "balances": ("pools at the close", _pools),
}


def day_table(stage: str, work: Day) -> tuple[str, pl.DataFrame] | None:
    """A small table of the day with its name, where a stage has one. Ids of ours stand there, no names or accounts."""
    if stage not in _TABLES:
        return None
    name, read = _TABLES[stage]
    return name, read(work)


def sealed_metadata(stage: Stage, home: Home, seal: Seal) -> Metadata:
    """What a seal alone says of a stage: for days that this instance of Dagster did not see being settled."""
    listed = seal.content["outputs"].get(f"{stage.table}.parquet", {})
    values = _figures({"rows": listed["rows"]} if "rows" in listed else {})
    if stage.name == "settlement":
        values |= _figures({"sha256": seal.sha256}) | sealed_place(home, seal.day)
    return values


def sealed_place(home: Home, day: date) -> Metadata:
    """Where the day lies once it is sealed."""
    folder = home.settlement(day)
    return {
        name: dg.MetadataValue.path(home.shown(path))
        for name, path in (("folder", folder), ("report", folder / "report.html"))
    }


# --- the log of a run --------------------------------------------------------------------------------------------


def told(stage: Stage, day: date, done: Done) -> str:
    """One line of a run's log: what the stage came to, money in yuan."""
    facts = [_said(name, value) for name, value in done.facts.items() if value or name == "rows"]
    return f"{day} {stage.name}: {'; '.join(facts) or 'nothing to do'} ({done.seconds:.2f} s)"


def _said(name: str, value: int | str) -> str:
    what, _, unit = name.rpartition(", ")
    if unit == "fen" and isinstance(value, int):
        return f"{what} {yuan(value)} yuan"
    if isinstance(value, int):
        return f"{value:,} {name}" if not what else f"{what} {value:,} {unit}"
    return f"{name} {value[:12]}…" if len(value) > 16 else f"{name} {value}"
