"""The generic channel: one plain CSV for any channel that has no profile of its own (channels.md, generic).

Holds: its writer, its reader, and the reader of results that people type or export themselves.
Never holds: who is paid, how much, or why.
Neighbour: ``base.py`` says what a profile is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv

from assets.foundation.rules import GENERIC, Scalar
from assets.payouts.channels.base import (
    READ,
    RESULT,
    STATES,
    PayoutFile,
    Plan,
    Results,
    fen,
    first_reason,
    has_control,
    is_formula,
    read_table,
    require_undamaged,
    result_net,
    result_times,
    yuan,
)

SETTINGS = GENERIC
CONSOLE = "a channel without a format of its own: by hand or by a programme of yours"
COLUMNS = (
    "payout_id", "business_date", "member_id", "channel", "account_no", "account_name", "bank_code", "gross", "tax",
    "net", "attempt", "replaces",
)  # fmt: skip
_NAME_BYTES = 100
_MONEY = ("gross", "tax", "net")


def refusals(accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
    """What a spreadsheet would run or a reader would not see."""
    tests = []
    for column in ("account_no", "account_name", "bank_code", "member_id", "channel"):
        tests.append((is_formula(column), f"{column} starts like a formula"))
        tests.append((has_control(column), f"{column} holds a control character"))
    return first_reason(accounts, tests)


def cut(lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
    """One file a channel and day: the name is used once, since a day is settled once."""
    channel = plan.channel
    if len(channel.encode("utf-8")) > _NAME_BYTES:  # a file name has an end; the sheet still names the channel
        channel = hashlib.sha256(channel.encode("utf-8")).hexdigest()[:16]
    rows = lines.with_columns(serial="payout_id")
    return [PayoutFile(f"payouts-{plan.compact}-{channel}.csv", rows)]


def write(file: PayoutFile, path: Path, plan: Plan) -> None:
    """UTF-8 CSV with yuan amounts."""
    printed = file.rows.with_columns(yuan(column) for column in _MONEY).select(COLUMNS)
    printed = printed.with_columns(pl.col(pl.String).replace("", None))  # nothing, not a pair of quotes
    printed.write_csv(path, line_terminator="\r\n", quote_style="necessary")


def read_back(path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
    """By Arrow's reader, which shares no code with the writer; its own error (a ValueError) for what is no CSV."""
    wanted = ("payout_id", "net", "account_no", "account_name", "bank_code")
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
        ),
    )
    return fen(pl.DataFrame(pl.from_arrow(table)).rename({"payout_id": "serial"}), "net").select(list(READ))


def read_results(raw: bytes, timezone: str) -> Results:
    """CSV with the columns of the export payout_results: payout_id, status, amount (yuan), and reason, at if known."""
    rows = read_table(raw, "utf-8-sig")
    missing = [name for name in ("payout_id", "status", "amount") if name not in rows.columns]
    if missing:
        raise ValueError(f"column {missing[0]} is missing, needed: payout_id, status, amount; reason and at if known")
    require_undamaged(rows, ["payout_id"])
    nothing = pl.repeat("", rows.height, dtype=pl.String, eager=True)
    times = result_times(rows["at"] if "at" in rows.columns else nothing, timezone)
    return Results(
        rows.select(
            "row", serial="payout_id",
            state=pl.when(pl.col("status").is_in(STATES[:3])).then(pl.col("status")).otherwise(pl.lit("open")),
            net=result_net(rows["amount"]), account_no=pl.lit(""), account_name=pl.lit(""),
            reason=pl.col("reason") if "reason" in rows.columns else pl.lit(""), at=times, text=pl.col("text"),
        ).select(list(RESULT))
    )  # fmt: skip
