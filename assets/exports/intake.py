"""The intake of a day's exports: read, parse, check, quarantine; what is sound stays in the engine as ``taken_*``.

Holds: the order of the steps, the totals that must add up, the quarantine files.
Never holds: what a scheme does with a row, sealed files, the clock.
Neighbour: ``reading.py`` and ``parsing.py`` for one row, ``sql/exports/`` for what crosses rows and the sealed state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from assets.exports.contract import CONTROL, EXPORTS, MAX_ORDER_FEN, REASONS
from assets.exports.control import check_control, yuan
from assets.exports.greedy import judge_refunds
from assets.exports.parsing import parse
from assets.exports.reading import ORIGINAL, FileRead, Sheet, find_files, find_imports, read_sheet
from assets.exports.sentences import sentences
from assets.exports.sponsors import judge_members
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused

Progress = Callable[[str], None]


class Lookup(Protocol):
    """Keep as ``into`` the rows of a state table whose column is one of the texts of a relation."""

    def __call__(self, table: str, index: str, asked: str, *, into: str) -> None: ...


_INT64_MAX = 2**63 - 1
_PIECE = 1 << 20  # rows that are parsed at a time, so that a large file needs little more than its text
# The name of a file's parsed rows in the engine.
_READ = {
    "orders": "read_orders",
    "refunds": "read_refunds",
    "members": "read_members",
    "merchants": "read_merchants",
    "payout_accounts": "read_accounts",
    "redemptions": "read_redemptions",
    "queue_exits": "read_exits",
    "payout_results": "read_results",
}
# The name of the rows that were taken of a file.
_TAKEN = {
    "orders": "taken_lines",
    "refunds": "taken_refunds",
    "members": "taken_members",
    "merchants": "taken_merchants",
    "payout_accounts": "taken_accounts",
    "redemptions": "taken_redemptions",
    "queue_exits": "taken_exits",
    "payout_results": "taken_results",
}
_LATE_FILES = ("redemptions", "queue_exits", "payout_results")  # later steps of the day may still refuse their rows
_WITH_LIMIT = ("orders", "refunds")
_PLACE = {"source": pl.String(), "row": pl.Int64()}
_QUARANTINED = {
    "file": pl.String(), **_PLACE, "reason": pl.String(), "sentence": pl.String(), "fen": pl.Int64(),
    "net": pl.Int64(),
}  # fmt: skip
_MEASURES = ("rows", "fen", "net")
_STATES = ("in", "accepted", "duplicate", "quarantined")


@dataclass
class Intake:
    """What a day's exports held, and what became of every row.

    ``totals``: one row per contract file with rows_*, fen_* and net_* for in, accepted, duplicate, quarantined.
    fen is |unit_price x quantity| or |amount|, what the quarantine limit counts; net is unit_price x quantity -
    discount or amount, signed, what ``control`` counts. Files without money have 0.
    ``quarantined``: file, source, row, reason, sentence, fen, net; ``original``: per file the original text of those
    rows (source, row and every column as found, under the prefix ``o:``).
    """

    day: date
    files: list[FileRead]
    totals: pl.DataFrame
    quarantined: pl.DataFrame
    notes: list[str]
    original: dict[str, pl.DataFrame]
    late: dict[str, pl.DataFrame] = field(default_factory=dict)

    def refuse_later(self, rows: pl.DataFrame) -> None:
        """Move rows from accepted to quarantined: file, source, row, reason, sentence (row may be called row_no).

        For what only later steps can know (rules.md 3, 6.2, 10.4); ValueError if a row is not among the accepted.
        """
        for file, group in self._by_file(rows):
            told = group.select(*_PLACE, "reason", "sentence")
            unknown = set(told["reason"]) - set(REASONS)
            if unknown:
                raise ValueError(f"{file}: unknown reasons {sorted(unknown)}")
            moved = self._release(file, told)
            self._move(file, moved, "quarantined")
            new = moved.select(pl.lit(file).alias("file"), *_PLACE, "reason", "sentence", "fen", "net")
            self.quarantined = _ordered(pl.concat([self.quarantined, new]))
            texts = moved.select(*_PLACE, pl.col(f"^{ORIGINAL}.*$"))
            before = self.original.get(file)
            self.original[file] = texts if before is None else pl.concat([before, texts], how="diagonal")

    def count_duplicates(self, file: str, rows: pl.DataFrame) -> None:
        """Move rows (source, row or row_no) of ``file`` from accepted to duplicates."""
        if rows.is_empty() and file in _LATE_FILES:
            return
        self._move(file, self._release(file, _placed(rows).select(*_PLACE)), "duplicate")

    def _by_file(self, rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
        rows = _placed(rows)
        files = sorted(rows["file"].unique().to_list())
        return [(file, rows.filter(pl.col("file") == file)) for file in files]

    def _release(self, file: str, rows: pl.DataFrame) -> pl.DataFrame:
        if file not in _LATE_FILES:
            raise ValueError(f"{file}: its rows are final at the intake; allowed: {', '.join(_LATE_FILES)}")
        kept = self.late.get(file, pl.DataFrame(schema={**_PLACE, "fen": pl.Int64(), "net": pl.Int64()}))
        moved = rows.join(kept, on=list(_PLACE), how="inner", maintain_order="left")
        if moved.height != rows.height or rows.select(*_PLACE).is_duplicated().any():
            raise ValueError(f"{file}: {rows.height} rows named, {moved.height} of them accepted and not yet moved")
        self.late[file] = kept.join(rows, on=list(_PLACE), how="anti", maintain_order="left")
        return moved

    def _move(self, file: str, rows: pl.DataFrame, state: str) -> None:
        size = {"rows": rows.height, "fen": int(rows["fen"].sum()), "net": int(rows["net"].sum())}
        here = pl.col("file") == file
        self.totals = self.totals.with_columns(
            (pl.col(f"{measure}_{to}") + pl.when(here).then(sign * size[measure]).otherwise(0)).alias(f"{measure}_{to}")
            for measure in _MEASURES
            for to, sign in (("accepted", -1), (state, 1))
        )


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename({"row_no": "row"}) if "row_no" in rows.columns and "row" not in rows.columns else rows


def _ordered(quarantined: pl.DataFrame) -> pl.DataFrame:
    return quarantined.sort("file", "source", "row")


# --- one file on its way -----------------------------------------------------------------------------------------


@dataclass
class _Part:
    """One contract file of the day: its text, its money per row, and the faults found so far."""

    file: str
    raw: pl.DataFrame  # at_row, source, row and the original text of every column
    money: pl.DataFrame
    faults: pl.DataFrame
    duplicates: pl.Series = field(default_factory=lambda: pl.Series("at_row", [], dtype=pl.Int64))

    @property
    def text(self) -> pl.DataFrame:
        """Row place and the contract's columns as text."""
        return _contract_text(self.file, self.raw)

    def judge(self, standing: pl.DataFrame, column: str = "standing") -> None:
        """Take over at_row and standing: "" accepted, ``duplicate`` counted, else the reason of a quarantine."""
        if standing.is_empty():
            return
        self.duplicates = standing.filter(pl.col(column) == "duplicate")["at_row"].sort()
        bad = standing.filter(~pl.col(column).is_in(["", "duplicate"])).select("at_row", reason=column)
        if bad.height:
            text = self.text.join(bad, on="at_row", how="inner")
            self.faults = pl.concat([self.faults, sentences(self.file, text)])


def _contract_text(file: str, raw: pl.DataFrame) -> pl.DataFrame:
    names = [c.name for c in EXPORTS[file].columns if ORIGINAL + c.name in raw.columns]
    return raw.select("at_row", *(pl.col(ORIGINAL + name).alias(name) for name in names))


def _gather(file: str, sheets: list[Sheet]) -> pl.DataFrame:
    """All rows of a contract file, numbered through; row is the record's number with the header as 1."""
    frames = [
        s.frame.with_row_index("row", offset=2).with_columns(
            pl.col("row").cast(pl.Int64), pl.lit(s.read.path).alias("source")
        )
        for s in sheets
    ]
    if not frames:
        names = [ORIGINAL + c.name for c in EXPORTS[file].columns]
        frames = [pl.DataFrame(schema={**_PLACE, **{name: pl.String() for name in names}})]
    raw = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").fill_null("")
    return raw.with_row_index("at_row").with_columns(pl.col("at_row").cast(pl.Int64))


def _read_all(
    home: Path, folder: Path, day: date, timezone: str, tell: Progress
) -> tuple[dict[str, list[Sheet]], Sheet | None, list[str]]:
    found, notes = find_files(folder)
    sheets: dict[str, list[Sheet]] = {}
    for file, export in EXPORTS.items():
        paths = [found[file]] if file in found else []
        if file == "payout_results":
            paths += find_imports(home, day)
        if paths:
            tell(f"reading {file}")
        sheets[file] = [read_sheet(export, path, home, timezone) for path in paths]
    control = read_sheet(CONTROL, found["control"], home, timezone) if "control" in found else None
    notes += [note for group in sheets.values() for sheet in group for note in sheet.notes]
    return sheets, control, notes + list(control.notes if control else ())


def take_exports(
    engine: Engine,
    lookup: Lookup,
    home: Path,
    day: date,
    *,
    timezone: str,
    late_limit_days: int,
    points_priced: bool = False,
    progress: Progress | None = None,
) -> Intake:
    """Take the exports of ``day`` (contract.md "Exports", "Quarantine").

    Reads ``<home>/exports/<day>`` and ``<home>/imports/<day>/payout_results-*.csv``, asks ``lookup`` (as
    ``State.lookup``) and the ``prior_*`` relations for what they hold of the keys that occur, and leaves nine
    ``taken_*`` tables in the engine. ``points_priced``: points are sold, not redeemed. Raises Refused for a file that
    cannot be read, lacks a column, or differs from ``control``.
    """
    tell = progress or (lambda _: None)
    sheets, control, notes = _read_all(home, home / "exports" / day.isoformat(), day, timezone, tell)
    parts: dict[str, _Part] = {}
    for file, group in sheets.items():
        parts[file] = _parse(engine, file, group, day, timezone, tell) if group else _absent(engine, file)
    own = {file: group[0].read for file, group in sheets.items() if group and group[0].read.path.startswith("exports/")}
    if control:
        sums = {file: _sum(parts[file].money["net"]) for file in _WITH_LIMIT}
        notes += check_control(control, own, sums)
    reads = [sheet.read for group in sheets.values() for sheet in group] + ([control.read] if control else [])
    sheets.clear()
    tell("checking rows against each other")
    _judge(engine, lookup, parts, day, late_limit_days, points_priced)
    intake = _conclude(engine, parts, day, reads, notes)
    engine.drop(*_READ.values(), *_SCRATCH)
    return intake


@cache
def _no_rows(file: str) -> tuple[_Part, pl.DataFrame]:
    """A contract file that a day does not have: without rows, and with what parsing makes of none."""
    raw = _gather(file, [])
    parsed = parse(EXPORTS[file], _contract_text(file, raw), date.min, "UTC")
    rows = parsed.sound
    if file in _LATE_FILES:
        rows = rows.join(raw.select("at_row", "source", row_no="row"), on="at_row", how="left")
    return _Part(file, raw, parsed.money, parsed.faults), rows


def _absent(engine: Engine, file: str) -> _Part:
    part, rows = _no_rows(file)
    engine.put(_READ[file], rows)
    if file == "orders":
        engine.put("faulty_orders", part.text.select("order_id"))
    return replace(part)


def _parse(engine: Engine, file: str, sheets: list[Sheet], day: date, timezone: str, tell: Progress) -> _Part:
    """Parse a file's rows, piece by piece, into the engine; what stays here is text, money and faults."""
    from assets.exports.models import validate  # late: pandera is slow to import

    raw = _gather(file, sheets)
    money: list[pl.DataFrame] = []
    faults: list[pl.DataFrame] = []
    for start in range(0, max(1, raw.height), _PIECE):
        tell(f"parsing {file}" + (f", row {start:,} of {raw.height:,}" if start else ""))
        piece = raw.slice(start, _PIECE)
        parsed = parse(EXPORTS[file], _contract_text(file, piece), day, timezone)
        validate(file, parsed.sound.drop("at_row"))
        rows = parsed.sound
        if file in _LATE_FILES:
            rows = rows.join(piece.select("at_row", "source", row_no="row"), on="at_row", how="left")
        (engine.append if start else engine.put)(_READ[file], rows)
        money.append(parsed.money)
        faults.append(parsed.faults)
    part = _Part(file, raw, pl.concat(money), pl.concat(faults))
    for measure in ("fen", "net"):
        if _sum(part.money[measure].abs()) > _INT64_MAX:
            raise Refused(f"{file}: the money of all rows passes 64 bits; allowed: below {yuan(_INT64_MAX)} yuan")
    if file == "orders":
        faulty = part.text.join(part.faults.select("at_row"), on="at_row", how="semi")
        engine.put("faulty_orders", faulty.select("order_id").unique())
    return part


def _sum(numbers: pl.Series) -> int:
    """A sum that cannot wrap."""
    return int(numbers.cast(pl.Int128).sum())


# --- what crosses rows -------------------------------------------------------------------------------------------

_SCRATCH = (
    "faulty_orders", "orders_asked", "order_repeats", "orders_again", "lines_before", "refunds_asked", "order_doubles",
    "order_heads", "broken_orders", "member_standing", "members_known", "merchant_standing", "merchants_known",
    "account_standing", "order_verdicts", "refused_orders", "order_standing", "lines_accepted", "refund_standing",
    "redemption_standing", "exit_standing", "result_standing", "redemptions_asked", "exits_asked", "results_asked",
)  # fmt: skip


def _judge(
    engine: Engine, lookup: Lookup, parts: dict[str, _Part], day: date, late_limit_days: int, points_priced: bool
) -> None:
    """Run the statements of ``sql/exports/`` in their order: reference rows, then orders, then what names them."""

    def run(*names: str, **params: Any) -> None:
        for name in names:
            engine.run(f"exports/{name}", **params)

    engine.name("exports/order_ids")
    lookup("orders", "order_id", "order_ids", into="orders_asked")
    run("orders_before", "orders_again", day=day)
    lookup("lines", "order_id", "orders_again", into="lines_before")
    lookup("refunds", "refund_id", "read_refunds", into="refunds_asked")
    run("order_repeats", "order_doubles", "order_heads", "broken_orders", "member_standing")
    members = judge_members(engine.frame("member_standing"))
    parts["members"].judge(members, "reason")
    taken = members.filter(pl.col("reason") == "").select("member_id", "sponsor_id", "joined_at")
    engine.put("taken_members", taken)
    run("members_known", "merchant_standing", "taken_merchants", "merchants_known", "account_standing")
    run("taken_accounts")
    parts["merchants"].judge(engine.frame("merchant_standing"))
    parts["payout_accounts"].judge(engine.frame("account_standing"))
    oldest = datetime.combine(day - timedelta(days=late_limit_days), datetime.min.time())
    run("order_verdicts", oldest=oldest, max_order_fen=MAX_ORDER_FEN)
    run("refused_orders", "taken_orders", "taken_lines", "order_standing", "refund_standing")
    parts["orders"].judge(engine.frame("order_standing"))
    refunds = judge_refunds(engine.frame("refund_standing"))
    parts["refunds"].judge(refunds)
    fits = refunds.filter(pl.col("standing") == "")
    engine.put("taken_refunds", fits.select("refund_id", "order_id", "amount", "refunded_at"))
    for file, name, key in (
        ("redemptions", "redemption", "redemption_id"), ("queue_exits", "exit", "exit_id"),
        ("payout_results", "result", "payout_id"),
    ):  # fmt: skip
        lookup(f"{name}s", key, f"read_{name}s", into=f"{name}s_asked")
        run(f"{name}_standing", f"taken_{name}s", points_priced=points_priced)
        parts[file].judge(engine.frame(f"{name}_standing"))


# --- totals ------------------------------------------------------------------------------------------------------


def _conclude(engine: Engine, parts: dict[str, _Part], day: date, reads: list[FileRead], notes: list[str]) -> Intake:
    totals: list[dict[str, object]] = []
    quarantined: list[pl.DataFrame] = []
    original: dict[str, pl.DataFrame] = {}
    late: dict[str, pl.DataFrame] = {}
    for file, part in parts.items():
        if part.raw.is_empty():
            if taken := engine.count(_TAKEN[file]):
                raise AssertionError(f"{file}: {taken} rows were taken of none")
            totals.append({"file": file})
            continue
        told = part.faults.join(part.raw, on="at_row", how="inner").join(part.money, on="at_row", how="inner")
        repeats = part.money.join(part.duplicates.to_frame(), on="at_row", how="semi")
        accepted = _accepted(engine, part, told)
        totals.append(_total(file, part.money, accepted, repeats, told))
        if told.height:
            quarantined.append(told.select(pl.lit(file).alias("file"), *list(_QUARANTINED)[1:]))
            original[file] = told.select(*_PLACE, pl.col(f"^{ORIGINAL}.*$"))
        if file in _LATE_FILES:
            gone = pl.concat([part.faults["at_row"], part.duplicates]).to_frame()
            kept = part.raw.join(gone, on="at_row", how="anti").join(part.money, on="at_row", how="inner")
            late[file] = kept.drop("at_row")
    frame = pl.DataFrame(
        totals, schema={"file": pl.String()} | {f"{m}_{s}": pl.Int64() for m in _MEASURES for s in _STATES}
    ).fill_null(0)
    told_all = _ordered(pl.concat([pl.DataFrame(schema=_QUARANTINED), *quarantined]))
    return Intake(day, reads, frame, told_all, notes, original, late)


def _accepted(engine: Engine, part: _Part, told: pl.DataFrame) -> dict[str, int]:
    """What was taken, counted from the tables that later stages read, so that the equation proves something."""
    file = part.file
    if file == "orders":
        engine.run("exports/lines_accepted")
        row = engine.frame("lines_accepted").row(0)
        return dict(zip(_MEASURES, (int(n) for n in row), strict=True))
    if file == "refunds":
        taken = engine.frame("taken_refunds")
        fen = int(taken["amount"].sum())
        return {"rows": taken.height, "fen": fen, "net": fen}
    if file in ("merchants", "payout_accounts"):  # superseded rows are accepted, too
        name = "merchant_standing" if file == "merchants" else "account_standing"
        return {"rows": int((engine.frame(name)["standing"] == "").sum()), "fen": 0, "net": 0}
    if file == "payout_results":
        taken = engine.frame("taken_results")
        fen = int(taken["amount"].sum())
        return {"rows": taken.height, "fen": fen, "net": fen}
    return {"rows": engine.count(_TAKEN[file]), "fen": 0, "net": 0}


def _total(
    file: str, money: pl.DataFrame, accepted: dict[str, int], repeats: pl.DataFrame, told: pl.DataFrame
) -> dict[str, object]:
    row: dict[str, object] = {"file": file}
    states = {"in": money, "duplicate": repeats, "quarantined": told}
    for measure in _MEASURES:
        sums = {s: f.height if measure == "rows" else _sum(f[measure]) for s, f in states.items()}
        sums["accepted"] = accepted[measure]
        if sums["in"] != sums["accepted"] + sums["duplicate"] + sums["quarantined"]:
            raise AssertionError(f"{file}: {measure} in {sums['in']} is not the sum of its parts: {sums}")
        row |= {f"{measure}_{state}": sums[state] for state in _STATES}
    return row


# --- what people get ---------------------------------------------------------------------------------------------


def within_limit(intake: Intake, quarantine_limit_bp: int, accepted_reason: str | None = None) -> bool:
    """Refuse the day when more than ``quarantine_limit_bp`` of the money of its order and refund rows is quarantined.

    contract.md "Quarantine": |unit_price x quantity| and |amount|, where these are numbers; a day without money is
    fine. ``accepted_reason`` (``--accept-quarantine``) lets the day through; True is returned when it was needed.
    """
    rows = [row for row in intake.totals.to_dicts() if row["file"] in _WITH_LIMIT]
    bad, all_ = (sum(row[name] for row in rows) for name in ("fen_quarantined", "fen_in"))  # may pass 64 bits
    if bad * 10_000 <= quarantine_limit_bp * all_:
        return False
    if accepted_reason and accepted_reason.strip():
        return True
    count = sum(row["rows_quarantined"] for row in rows)
    raise Refused(
        f"{intake.day.isoformat()}: {count} order and refund rows of {yuan(bad)} yuan are quarantined, of"
        f" {yuan(all_)} yuan in all ({bad * 10_000 // all_} bp); allowed: {quarantine_limit_bp} bp"
        " (quarantine_limit_bp), or --accept-quarantine REASON"
    )


def _header(column: str) -> str:
    """The header of an original column; one that is called like a column of ours says that it is the original."""
    name = column.removeprefix(ORIGINAL)
    return f"original_{name}" if name in ("source", "row", "reason", "sentence") else name


def write_quarantine(intake: Intake, folder: Path) -> list[Path]:
    """Write ``quarantine/<file>.csv`` for every file with quarantined rows; returns the paths.

    source, row, reason, sentence, then the original columns in the file's own order, text and header names as found;
    rows by (source, row), RFC 4180 with LF. The text is evidence and is not changed for spreadsheets.
    """
    written: list[Path] = []
    for file in sorted(intake.original):
        rows = intake.quarantined.filter(pl.col("file") == file)
        if rows.is_empty():
            continue
        texts = intake.original[file]
        own = [name for name in texts.columns if name.startswith(ORIGINAL)]
        frame = rows.join(texts, on=list(_PLACE), how="left", maintain_order="left").sort(*_PLACE)
        # An empty text is written as nothing, not as a pair of quotes.
        ours = [*_PLACE, "reason", "sentence"]
        body = frame.select(*ours, *own).with_columns(pl.col(pl.String).replace("", None))
        titles = ["source", "row", "reason", "sentence", *map(_header, own)]
        header = pl.DataFrame([titles], orient="row")
        folder.joinpath("quarantine").mkdir(parents=True, exist_ok=True)
        path = folder / "quarantine" / f"{file}.csv"
        text = header.write_csv(include_header=False) + body.write_csv(include_header=False)
        path.write_bytes(text.encode("utf-8"))
        written.append(path)
    return written
