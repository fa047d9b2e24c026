"""Files of a day's folder to frames of text, or the refusal of the day.

Holds: which files are there, CSV by RFC 4180 (checked before Polars splits it), Parquet with the types that fit.
Never holds: what a value means; every cell leaves as the text that stood there ("" for none).
Neighbour: ``parsing.py`` gives the text its meaning, ``control.py`` compares the figures.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.contract import EXPORTS, Export
from assets.exports.parquet import FAULTS, Unfit, open_parquet
from assets.foundation.errors import Refused

MAX_COLUMNS = 1000
ORIGINAL = "o:"  # prefix of columns that hold a row's original text
KNOWN_SUFFIXES = (".csv", ".parquet")
_EPOCH, _FIRST, _LAST = date(1970, 1, 1), date(2, 1, 1), date(9998, 12, 31)  # with a year left for any offset
_INT64 = 2**63 - 1
_SHOWN = 200  # characters of a file's own text in a message

# One record of RFC 4180: fields without quotes, or wholly quoted with doubled quotes inside.
_FIELD = r'(?:[^",\r]*|"(?:[^"]|"")*")'
_RECORD = rf"^{_FIELD}(?:,{_FIELD})*$"
_QUOTED = r'"[^"]*"'
_NAME = r'(?:^|,)("(?:[^"]|"")*"|[^",\r]*)'


@dataclass(frozen=True)
class FileRead:
    """One input file as it was found; ``path`` is relative to the home, ``rows`` counts records without the header."""

    file: str
    path: str
    sha256: str
    bytes: int
    rows: int
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One file's rows as text: columns are the headers as found, each under the prefix ``o:``."""

    read: FileRead
    frame: pl.DataFrame
    notes: tuple[str, ...] = field(default=())


def is_ready(folder: Path) -> bool:
    """Whether a day's folder may be settled unasked: it holds ``control`` or ``_SUCCESS`` (contract.md)."""
    return any((folder / name).is_file() for name in ("_SUCCESS", "control", "control.csv", "control.parquet"))


def find_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The contract's files in a day's folder, and a note on every other entry.

    Raises Refused when the folder or ``orders`` is missing, a file is there twice or in an unknown form.
    """
    if not folder.is_dir():
        raise Refused(f"{folder.parent.name}/{folder.name}: no such folder; expected the exports of that day")
    names = {*EXPORTS, "control"}
    found: dict[str, Path] = {}
    notes: list[str] = []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        stem = path.name.split(".", 1)[0]
        suffix = path.name[len(stem) :]
        if path.name == "_SUCCESS":
            continue
        if stem not in names:
            notes.append(f"{shown(path.name)}: not in the contract, ignored")
        elif path.is_symlink():
            raise Refused(f"{shown(path.name)}: unreadable_file: found a link; allowed: the file itself")
        elif not path.is_file() or (suffix not in KNOWN_SUFFIXES and path.name != "control"):
            raise Refused(f"{shown(path.name)}: unreadable_file; allowed: {stem}.csv or {stem}.parquet")
        elif stem in found:
            raise Refused(f"{shown(found[stem].name)} and {shown(path.name)}: both are there; allowed: one of them")
        else:
            found[stem] = path
    if "orders" not in found:
        raise Refused(
            f"{folder.name}: orders is not there; needed: orders.csv or orders.parquet, header-only without trade"
        )
    return found, notes


def find_imports(home: Path, day: date) -> list[Path]:
    """Results that ``settle import`` left for the day, in the order of their names.

    Raises Refused for a folder, a pipe or a link of such a name: results are never left out in silence.
    """
    folder = home / "imports" / day.isoformat()
    found = sorted(folder.glob("payout_results-*.csv") if folder.is_dir() else (), key=lambda path: path.name)
    for path in found:
        if path.is_symlink() or not path.is_file():
            raise Refused(f"imports/{day}/{shown(path.name)}: unreadable_file; allowed: a plain file")
    return found


def read_sheet(export: Export, path: Path, home: Path, timezone: str) -> Sheet:
    """Read one file as text, hash it, and check that the contract's columns are there.

    Raises Refused (``unreadable_file``, ``missing_column``); a refused file stops the day.
    """
    where = path.relative_to(home).as_posix()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refuse(where, str(error.strerror), "a file that can be read") from error
    notes: tuple[str, ...] = ()
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_sha256, data)
        if path.suffix == ".parquet":
            frame = _parquet(data, where, export, timezone)
        else:
            frame, notes = _csv(data, where)
    missing = [c.name for c in export.columns if c.needed and c.name not in frame.columns]
    if missing:
        raise Refused(
            f"{where}: missing_column {', '.join(missing)}; found {shown(', '.join(frame.columns))};"
            f" needed: {', '.join(c.name for c in export.columns if c.needed)}"
        )
    known = {c.name for c in export.columns}
    unknown = tuple(name for name in frame.columns if name not in known)
    if unknown:
        # Named without its ending: the same rows as CSV or Parquet give the same report.
        notes += (f"{where.removesuffix(path.suffix)}: unknown columns ignored: {shown(', '.join(unknown))}",)
    read = FileRead(export.name, where, digest.result(), len(data), frame.height, unknown)
    return Sheet(read, frame.rename({name: ORIGINAL + name for name in frame.columns}), notes)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def shown(text: str) -> str:
    """Text of a file as a message may show it: of bounded length, without what steers a terminal or hides."""
    return re.sub(r"[^\S ]", "?", "".join(c if c.isprintable() else "?" for c in text[:_SHOWN]))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _refuse(where: str, found: str, allowed: str) -> Refused:
    return Refused(f"{where}: unreadable_file: {shown(found)}; allowed: {allowed}")


def _check_header(names: list[str], where: str) -> None:
    if len(names) > MAX_COLUMNS:
        raise _refuse(where, f"{len(names)} columns", f"at most {MAX_COLUMNS}")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise _refuse(where, f"column {', '.join(map(repr, twice))} is there twice", "every column once")


# --- CSV ---------------------------------------------------------------------------------------------------------


def _csv(data: bytes, where: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """A CSV file by RFC 4180 with UTF-8 text, every cell as text."""
    _check_bytes(data, where)
    notes: tuple[str, ...] = ()
    if data.endswith((b"\n\n", b"\n\r\n")):
        data = data.rstrip(b"\r\n") + b"\n"
        notes = (f"{where}: blank lines at the end ignored",)
    names = _structure(data, where)
    try:
        frame = pl.read_csv(
            data, infer_schema=False, empty_string_is_null=False, extra_columns="raise", missing_columns="raise"
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise _refuse(where, _first_line(error), "CSV (RFC 4180) in UTF-8") from error
    if frame.width != len(names):
        raise _refuse(where, f"{frame.width} columns under {len(names)} headers", "one header a column")
    frame.columns = names
    return frame, notes


def _check_bytes(data: bytes, where: str) -> None:
    if not data.removeprefix(b"\xef\xbb\xbf"):
        raise _refuse(where, "the file is empty", "a header row, with or without rows below it")
    at = data.find(b"\0")
    if at >= 0:
        raise _refuse(where, f"a NUL byte at offset {at} (binary or UTF-16)", "text in UTF-8")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, error.start) + 1
            raise _refuse(where, f"line {row} is not UTF-8 (byte offset {error.start})", "text in UTF-8") from None
    if data.removeprefix(b"\xef\xbb\xbf").startswith((b"\n", b"\r")):
        raise _refuse(where, "the first line is blank", "the header row first")


def _structure(data: bytes, where: str) -> list[str]:
    """The header's names, after every record has been found to have as many fields as the header.

    Polars pads short rows and takes quotes inside plain fields, so both are looked for here.
    """
    if b'"' not in data and (b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")):
        head = data[: data.find(b"\n") if b"\n" in data else len(data)].rstrip(b"\r").decode("utf-8-sig")
        names = head.split(",")
        _check_header(names, where)
        records = _count(data, b"\n") + (0 if data.endswith(b"\n") else 1)
        # Rows that are too long are refused by Polars, so an equal number of commas leaves no row too short.
        if _count(data, b",") == records * (len(names) - 1):
            return names
    records_frame = _records(data, where)
    head = records_frame["record"][0]
    names = [_unquoted(text) for text in re.findall(_NAME, head)]
    _check_header(names, where)
    wrong = records_frame.filter(
        pl.col("record").str.replace_all(_QUOTED, "").str.count_matches(",", literal=True) != len(names) - 1
    )
    if wrong.height:
        row = wrong.row(0, named=True)
        fields = row["record"].count(",") + 1 if '"' not in row["record"] else "another number of"
        raise _refuse(where, f"row {row['row']} has {fields} fields", f"{len(names)} as in the header")
    return names


def _count(data: bytes, byte: bytes) -> int:
    """How often a byte occurs; of what occurs often Arrow counts many at once."""
    every = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    return int(pc.equal(every, pa.scalar(byte[0], pa.uint8())).true_count)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _records(data: bytes, where: str) -> pl.DataFrame:
    """Every record of the file with its row number (the header is 1), each checked against RFC 4180."""
    try:
        lines = pl.read_csv(
            data, has_header=False, separator="\x00", quote_char=None, infer_schema=False, new_columns=["line"],
            empty_string_is_null=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError as error:
        raise _refuse(where, _first_line(error), "CSV (RFC 4180) in UTF-8") from error
    quotes = pl.col("line").str.count_matches('"', literal=True).cast(pl.Int64)
    lines = lines.with_columns(opened=(quotes.cum_sum() - quotes) % 2 == 1, closed=quotes.cum_sum() % 2 == 0)
    lines = lines.with_columns(row=(~pl.col("opened")).cast(pl.Int64).cum_sum())
    if not lines["closed"][-1]:
        raise _refuse(where, f"a quote is not closed (row {lines['row'][-1]} to the end)", "quotes in pairs")
    if lines["opened"].any():
        records = lines.group_by("row", maintain_order=True).agg(record=pl.col("line").str.join("\n"))
    else:
        records = lines.select("row", record="line")
    bad = records.filter(~pl.col("record").str.contains(_RECORD))
    if bad.height:
        raise _refuse(
            where,
            f"row {bad['row'][0]} has a quote inside a plain field, text after a closing quote, or a lone CR",
            "RFC 4180 quoting, lines ended by LF or CRLF",
        )
    return records


# --- Parquet -----------------------------------------------------------------------------------------------------


def _parquet(data: bytes, where: str, export: Export, timezone: str) -> pl.DataFrame:
    """A Parquet file as text: the same text that a CSV of the same values would hold."""
    try:
        found = open_parquet(data)
        _check_header(found.names, where)
        frame = found.frame()
    except Unfit as unfit:
        raise _refuse(where, unfit.found, unfit.allowed) from unfit
    except FAULTS as error:
        raise _refuse(where, _first_line(error), "a whole Parquet file") from error
    kinds = {c.name: c.kind for c in export.columns}
    texts = []
    for name, kind in zip(found.names, found.types, strict=True):
        if name in frame.columns:
            text = _as_text(name, frame.schema[name], kinds.get(name, ""), where, timezone)
        elif name in kinds:
            raise _refuse(where, f"column {name} is {kind}", _fits(kinds[name]))
        else:
            text = pl.lit("")  # nested or binary: not a value that can be printed
        texts.append(text.alias(name))
    try:
        return frame.select(texts).with_columns(cs.string().fill_null("")) if texts else frame
    except pl.exceptions.PolarsError as error:
        raise _refuse(where, _first_line(error), "text, integer, DECIMAL, DATE or TIMESTAMP") from error


def _as_text(name: str, dtype: pl.DataType, kind: str, where: str, timezone: str) -> pl.Expr:
    column = pl.col(name)
    if dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if dtype.is_integer() and kind != "time":
        return column.cast(pl.String)
    if dtype.is_decimal() and kind in ("money", "whole", "", "text"):
        plain = column.cast(pl.String)
        # DECIMAL pads with zeros: 5.00 is the integer 5, and 12.3400 has two decimals.
        cut = r"\.0+$" if kind == "whole" else r"(\.[0-9]{2})0+$"
        return plain.str.replace(cut, "" if kind == "whole" else "$1")
    if dtype == pl.Date and kind in ("time", "", "text"):
        return _told(column, 1, lambda day: day.dt.to_string("%Y-%m-%d"))
    if isinstance(dtype, pl.Datetime) and kind in ("time", "", "text"):
        units = 86_400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[dtype.time_unit]
        return _told(column, units, lambda time: _local(time, dtype, timezone))
    if kind == "":
        return column.cast(pl.String)
    what = "floating point" if str(dtype).startswith("Float") else str(dtype)
    raise _refuse(where, f"column {name} is {what}", _fits(kind))


def _told(column: pl.Expr, day: int, text: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Times, of which ``day`` units are a day, as text; one outside the calendar as its number, which is no time."""
    number = column.to_physical().cast(pl.Int64)
    first, last = (max(-_INT64, min(_INT64, (edge - _EPOCH).days * day)) for edge in (_FIRST, _LAST))
    return pl.coalesce(text(pl.when(number.is_between(first, last)).then(column)), number.cast(pl.String))


def _local(time: pl.Expr, dtype: pl.Datetime, timezone: str) -> pl.Expr:
    local = time.dt.convert_time_zone(timezone).dt.replace_time_zone(None) if dtype.time_zone else time
    local = local.cast(pl.Datetime("us"))
    whole = (local.dt.microsecond() == 0).all()
    return (
        pl.when(whole)
        .then(local.dt.to_string("%Y-%m-%dT%H:%M:%S"))
        .otherwise(local.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f"))
    )


def _fits(kind: str) -> str:
    return {
        "money": "text, integer (yuan) or DECIMAL for money",
        "whole": "text or integer",
        "time": "text, DATE or TIMESTAMP",
    }.get(kind, "text or integer")
