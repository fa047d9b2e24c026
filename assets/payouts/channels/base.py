"""What every channel's module has in common: the shape of a profile, of its files, and of the results that come back.

Holds: ``Profile`` and what it is handed and hands back; the traps that all channels share (formulas, encodings, lengths
in bytes, cutting rows into files).
Never holds: a channel's format; who is paid, how much, or why.
Neighbour: the modules beside it implement ``Profile``; ``payouts/files.py`` drives them.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from assets.exports.parsing import local_times
from assets.foundation.rules import Scalar, Setting

# The columns of the payments that a profile is handed, in the order of payout_id; money in fen. ``place`` numbers all
# payments of the day from 1, whatever their channel.
LINES = {
    "payout_id": pl.String, "place": pl.Int64, "business_date": pl.String, "member_id": pl.String,
    "channel": pl.String, "account_no": pl.String, "account_name": pl.String, "bank_code": pl.String,
    "bank_name": pl.String, "province": pl.String, "city": pl.String, "phone": pl.String, "id_type": pl.String,
    "id_no": pl.String, "gross": pl.Int64, "tax": pl.Int64, "net": pl.Int64, "attempt": pl.Int64,
    "replaces": pl.String,
}  # fmt: skip
# What a file that was read back says of every payment; "" where it does not carry the field.
READ = {
    "serial": pl.String, "net": pl.Int64, "account_no": pl.String, "account_name": pl.String, "bank_code": pl.String,
}  # fmt: skip
# What a result file says of every payment. ``state``: one of STATES. ``net`` in fen and ``at`` (local time) null,
# ``account_no`` and ``account_name`` "" where the file does not say; ``net`` -1 where what it says is no amount.
# ``row`` is the record's place in the file as a person would count it, ``text`` all that stood there.
RESULT = {
    "row": pl.Int64, "serial": pl.String, "state": pl.String, "net": pl.Int64, "account_no": pl.String,
    "account_name": pl.String, "reason": pl.String, "at": pl.Datetime("us"), "text": pl.String,
}  # fmt: skip
# ``open``: in flight, or the channel does not know: it stays in transit.
STATES = ("paid", "failed", "returned", "open")

YUAN = r"^[0-9]{1,16}\.[0-9]{2}$"
# A spreadsheet would run what starts like this (channels.md, traps).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CONTROL = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
_DAY_OF = re.compile(r"^[A-Za-z]{0,2}(\d{8})")

# Settings that say the same in every profile that has them: ``payee_day_max_fen`` (gross) and ``payment_max_fen`` are
# the most for one payee (he gets one payment a day), ``file_max_fen`` the most for a file, ``payment_min_fen`` (net)
# the least for one payment, ``file_max_rows`` the most payments of a file. 0: none.
_MOST = ("payee_day_max_fen", "payment_max_fen", "file_max_fen")


@dataclass(frozen=True)
class Plan:
    """What a profile is told beside the rows. ``first`` numbers the channel's first file of the day, from 1: files of
    all channels that have one profile are numbered through."""

    channel: str
    day: date
    settings: Mapping[str, Scalar]
    first: int = 1

    @property
    def compact(self) -> str:
        """The business date as YYYYMMDD."""
        return f"{self.day:%Y%m%d}"

    def text(self, name: str) -> str:
        """A setting that is text."""
        return str(self.settings[name])

    def number(self, name: str) -> int:
        """A setting that is a number."""
        return int(self.settings[name])


@dataclass(frozen=True)
class PayoutFile:
    """One file to be written: its name (never reused), and its payments with a column ``serial``, by which the channel
    knows each. ``batch``: the number by which it knows the file, "" without one. ``form``: what a reader must know
    beforehand, an encoding for instance; it goes into ``payouts/manifest.json``."""

    name: str
    rows: pl.DataFrame
    batch: str = ""
    form: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """What a result file says: ``rows`` as RESULT, and of ``batch``, where the file speaks of a whole file of ours
    without its rows, one state for all of them (``whole``, with ``reason`` and ``at``)."""

    rows: pl.DataFrame
    batch: str = ""
    whole: str = ""
    reason: str = ""
    at: datetime | None = None


class Profile(Protocol):
    """A channel's module."""

    @property
    def SETTINGS(self) -> Mapping[str, Setting]:  # noqa: N802 - a constant of a module
        """What the rules may say of a channel with this profile, with channels.md's defaults."""

    @property
    def CONSOLE(self) -> str:  # noqa: N802
        """Where a person uploads its files, as the upload sheet says it."""

    def refusals(self, accounts: pl.DataFrame, settings: Mapping[str, Scalar]) -> pl.Series:
        """Per row of accounts in force: why this channel cannot carry a field of it, "" where it can. No text of the
        row stands in the reason."""

    def cut(self, lines: pl.DataFrame, plan: Plan) -> list[PayoutFile]:
        """The payments of one channel (LINES) cut into files, in order."""

    def write(self, file: PayoutFile, path: Path, plan: Plan) -> None:
        """Write one of them."""

    def read_back(self, path: Path, form: Mapping[str, Scalar]) -> pl.DataFrame:
        """One row a payment (READ), by a reader that shares no code with the writer; the file's own totals are held
        against its rows. Raises ValueError for anything that is not as the channel wants it."""

    def read_results(self, raw: bytes, timezone: str) -> Results:
        """A result file of the channel, its times as local ones in ``timezone``. Raises ValueError (what, where, found,
        allowed; no text of a person) for one that it is not."""


# --- the limits --------------------------------------------------------------------------------------------------


def payee_most(settings: Mapping[str, Scalar]) -> int:
    """The most that one payee can be paid in a day, gross, in fen; 0 = no limit (rules.md section 10.3)."""
    limits = [int(settings[name]) for name in _MOST if settings.get(name)]
    return min(limits, default=0)


def payment_least(settings: Mapping[str, Scalar]) -> int:
    """The least net that one payment can carry, in fen; at least 1."""
    return max(1, int(settings.get("payment_min_fen", 1)))


def split(lines: pl.DataFrame, most_rows: int, most_fen: int = 0) -> Iterator[pl.DataFrame]:
    """Cut rows in their order into parts of at most ``most_rows`` payments and ``most_fen`` net (0: any).

    Raises ValueError if a single payment is more than a file may carry: the cut should have seen to it.
    """
    start, before = 0, 0
    sums = lines["net"].cum_sum()
    while start < lines.height:
        end = min(lines.height, start + most_rows) if most_rows else lines.height
        if most_fen:
            end = min(end, int(sums.search_sorted(before + most_fen, side="right")))
        if end == start:
            raise ValueError(f"payout {lines['payout_id'][start]} is more than a file of {most_fen} fen may carry")
        yield lines.slice(start, end - start)
        start, before = end, int(sums[end - 1])


# --- names and numbers -------------------------------------------------------------------------------------------


def batch_no(prefix: str, plan: Plan, rows: pl.DataFrame) -> str:
    """A batch number of letters and digits, ``prefix`` + YYYYMMDD + 15 letters of base32(SHA-256(payout ids)): the same
    payments have the same number, others never."""
    digest = hashlib.sha256("\n".join(rows["payout_id"]).encode("ascii")).digest()
    return f"{prefix}{plan.compact}{base64.b32encode(digest).decode()[:15]}"


def day_of(serial: str) -> date | None:
    """The business date in one of our ids, serials or batch numbers, None where there is none."""
    found = _DAY_OF.match(serial)
    try:
        return datetime.strptime(found[1], "%Y%m%d").date() if found else None
    except ValueError:
        return None


# --- text that a channel can carry -------------------------------------------------------------------------------


def is_formula(column: str) -> pl.Expr:
    """Whether a text starts like a formula."""
    return pl.any_horizontal(pl.col(column).str.starts_with(sign) for sign in FORMULA)


def has_control(column: str) -> pl.Expr:
    """Whether a text holds a control character, or one that hides or turns the line."""
    return pl.col(column).str.contains(CONTROL)


def lacks(texts: pl.Series, encoding: str) -> pl.Series:
    """Whether a text holds a letter that ``encoding`` has not: nothing is replaced, such a row is not written."""
    letters = texts.str.split("").explode().unique().drop_nulls().to_list()
    missing = [letter for letter in letters if not _fits(letter, encoding)]
    if not missing:
        return pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
    return texts.str.contains_any(missing)


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def byte_length(column: str, encoding: str) -> pl.Expr:
    """Length of a text in bytes of UTF-8 or GBK; of a letter that GBK lacks it is no matter."""
    text = pl.col(column)
    if encoding.lower() == "gbk":
        return text.str.len_chars() * 2 - text.str.count_matches(r"[\x00-\x7f]")
    return text.str.len_bytes().cast(pl.Int64)


def first_reason(accounts: pl.DataFrame, tests: list[tuple[pl.Expr, str]]) -> pl.Series:
    """Per row the sentence of the first test that holds, "" where none does."""
    reason = pl.lit("")
    for test, sentence in reversed(tests):
        reason = pl.when(test).then(pl.lit(sentence)).otherwise(reason)
    return accounts.select(reason.alias("reason")).to_series()


# --- money -------------------------------------------------------------------------------------------------------


def yuan(column: str) -> pl.Expr:
    """Fen as yuan text with two decimals, without a float."""
    fen = pl.col(column)
    return pl.format("{}.{}", fen // 100, (fen % 100).cast(pl.String).str.zfill(2)).alias(column)


def fen(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Yuan text with two decimals as fen in place; ValueError names the first that is none."""
    other = rows.filter(~pl.col(column).str.contains(YUAN).fill_null(False))
    if other.height:
        raise ValueError(f"amount {other[column][0]!r:.40} is not yuan with two decimals")
    return rows.with_columns(pl.col(column).str.replace(".", "", literal=True).cast(pl.Int64))


# --- results -----------------------------------------------------------------------------------------------------

_DAMAGED = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$|^[0-9]{6,}\.0+$"


def require_undamaged(rows: pl.DataFrame, columns: list[str]) -> None:
    """Raise ValueError where a spreadsheet has turned a number into a float (6.22E+18, 6222.0): its digits are lost."""
    for column in columns:
        damaged = rows.filter(pl.col(column).str.contains(_DAMAGED))
        if damaged.height:
            raise ValueError(
                f"row {damaged['row'][0]}: {column} is a number that a spreadsheet has rounded (as 6.22E+18 or 6222.0);"
                " allowed: the file as it was downloaded, or the column as text"
            )


def result_times(texts: pl.Series, timezone: str) -> pl.Series:
    """Times of a result file as naive local ones, null where there is none: ISO 8601, with / for -, without leading
    zeros as spreadsheets write them, or digits alone."""
    plain = texts.str.strip_chars().str.replace_all("/", "-", literal=True)
    plain = plain.str.replace(r"^(\d{4})-(\d)-", "${1}-0${2}-").str.replace(
        r"^(\d{4}-\d\d)-(\d)(\D|$)", "${1}-0${2}${3}"
    )
    plain = plain.str.replace(r"^(\d{4}-\d\d-\d\d)[ T](\d):", "${1}T0${2}:")
    plain = plain.str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3")
    plain = plain.str.replace(r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$", "${1}-${2}-${3}T${4}:${5}:${6}")
    return local_times(plain, timezone)


def result_fen(texts: pl.Series) -> pl.Series:
    """Yuan text with at most two decimals as fen, null where it is none; thousands separators are taken out."""
    plain = pl.DataFrame({"t": texts.str.strip_chars().str.replace_all(",", "", literal=True)})
    whole, cents = pl.col("t").str.extract(r"^([0-9]{1,13})", 1), pl.col("t").str.extract(r"\.([0-9]{1,2})$", 1)
    sound = pl.when(pl.col("t").str.contains(r"^[0-9]{1,13}(\.[0-9]{1,2})?$"))
    fen = whole.cast(pl.Int64) * 100 + cents.fill_null("0").str.pad_end(2, "0").cast(pl.Int64)
    return plain.select(sound.then(fen)).to_series()


def result_net(texts: pl.Series) -> pl.Series:
    """Yuan text as ``net`` of a result: fen, null where nothing stands there, -1 for what is no amount."""
    fen, said = result_fen(texts), texts.str.strip_chars() != ""
    return pl.DataFrame({"fen": fen, "said": said}).select(
        pl.when(pl.col("fen").is_null() & pl.col("said")).then(-1).otherwise(pl.col("fen"))
    ).to_series()  # fmt: skip


def read_table(raw: bytes, encoding: str, separator: str = ",") -> pl.DataFrame:
    """A result file in lines of text: a column ``row`` (the header is 1), every field as text, and ``text``, the fields
    as they stood, parted by ``separator``. Raises ValueError for what is no such file."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not {encoding}; allowed: the file as it was downloaded") from None
    if "\0" in text:
        raise ValueError("found a NUL, allowed text")
    records = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=True)
    try:
        lines = [(n, [one.strip() for one in line]) for n, line in enumerate(records, 1)]
    except csv.Error as error:
        raise ValueError(f"row {records.line_num}: no CSV ({error})") from None
    lines = [(n, line) for n, line in lines if any(line)]
    if not lines:
        raise ValueError("found nothing, allowed a header and rows")
    (_, head), *rows = lines
    if twice := sorted({name for name in head if head.count(name) > 1}):
        raise ValueError(f"column {twice[0]!r:.40} is there twice")
    if taken := sorted({"row", "text"} & set(head)):
        raise ValueError(f"column {taken[0]} is none of a result file's")
    for n, line in rows:
        if len(line) != len(head):
            raise ValueError(f"row {n} has {len(line)} fields, allowed {len(head)} as in the header")
    schema = {"row": pl.Int64, **dict.fromkeys(head, pl.String), "text": pl.String}
    return pl.DataFrame([[n, *line, separator.join(line)] for n, line in rows], schema=schema, orient="row")
