"""The generic channel: one plain CSV for any channel that has no profile of its own (channels.md, generic).

Holds: its writer and its reader.
Never holds: who is paid, how much, or why.
Neighbour: ``payouts/files.py`` calls both.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv

COLUMNS = (
    "payout_id", "business_date", "member_id", "channel", "account_no", "account_name", "bank_code", "gross", "tax",
    "net", "attempt", "replaces",
)  # fmt: skip
_NAME_BYTES = 100
_MONEY = ("gross", "tax", "net")
_YUAN = r"^[0-9]{1,16}\.[0-9]{2}$"
# A spreadsheet would run what starts like this (channels.md, traps).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def yuan(column: str) -> pl.Expr:
    """Fen as yuan text with two decimals, without a float."""
    fen = pl.col(column)
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2)).alias(column)


def refusals() -> pl.Expr:
    """Over the account in force: why this channel cannot carry a field of it, or "" where it can."""
    reason = pl.lit("")
    for column in ("channel", "member_id", "bank_code", "account_name", "account_no"):
        text = pl.col(column)
        formula = pl.any_horizontal(text.str.starts_with(sign) for sign in _FORMULA)
        reason = (
            pl.when(formula).then(pl.lit(f"{column} starts like a formula"))
            .when(text.str.contains(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]")).then(pl.lit(f"{column} holds a control character"))
            .otherwise(reason)
        )  # fmt: skip
    return reason


def file_name(channel: str, day_compact: str) -> str:
    """Deterministic, and used once: a day is settled once."""
    if len(channel.encode("utf-8")) > _NAME_BYTES:  # a file name has an end; the sheet still names the channel
        channel = hashlib.sha256(channel.encode("utf-8")).hexdigest()[:16]
    return f"payouts-{day_compact}-{channel}.csv"


def write(rows: pl.DataFrame, path: Path) -> None:
    """Write ``rows`` (COLUMNS, money in fen) as UTF-8 CSV with yuan amounts."""
    printed = rows.with_columns(yuan(column) for column in _MONEY).select(COLUMNS)
    printed = printed.with_columns(pl.col(pl.String).replace("", None))  # nothing, not a pair of quotes
    printed.write_csv(path, line_terminator="\r\n", quote_style="necessary")


def read_back(path: Path) -> pl.DataFrame:
    """Read a written file with Arrow's reader, which shares no code with the writer.

    One row a payment: payout_id, net in fen, account_no, account_name and bank_code as text. Raises ValueError for an
    amount that is not yuan with two decimals, pyarrow's own error (a ValueError) for what is no CSV or lacks a column.
    """
    wanted = ("payout_id", "net", "account_no", "account_name", "bank_code")
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
        ),
    )
    read = pl.DataFrame(pl.from_arrow(table))
    other = read.filter(~pl.col("net").str.contains(_YUAN).fill_null(False))
    if other.height:
        raise ValueError(f"amount {other['net'][0]!r:.40} is not yuan with two decimals")
    return read.with_columns(net=pl.col("net").str.replace(".", "", literal=True).cast(pl.Int64))
