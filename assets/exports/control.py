"""The shop's own figures against what was found (contract.md "Exports", ``control``).

Holds: reading the control file and naming every difference with both figures.
Never holds: which rows are sound; the comparison is over the raw files, repeats and faulty rows included.
Neighbour: ``intake.py`` calls it before any row is judged.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.exports.contract import CONTROL, EXPORTS
from assets.exports.parsing import MONEY
from assets.exports.reading import ORIGINAL, FileRead, Sheet, shown
from assets.foundation.errors import Refused

_WITH_AMOUNT = ("orders", "refunds")
_DIGITS = 15  # of a number of rows


def yuan(fen: int) -> str:
    """Fen as yuan text with two decimals, for sentences that people read."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def check_control(sheet: Sheet, found: Mapping[str, FileRead], sums: Mapping[str, int]) -> list[str]:
    """Compare; returns notes on files that the control does not list.

    ``sums``: fen of orders (unit_price x quantity - discount) and refunds (amount) over all rows, where numbers.
    Raises Refused with every difference, or when the control file is itself malformed.
    """
    where = sheet.read.path
    cells = {c.name: ORIGINAL + c.name for c in CONTROL.columns}
    there = sheet.frame.columns
    text = sheet.frame.select(
        (pl.col(cell) if cell in there else pl.lit("")).alias(name) for name, cell in cells.items()
    )
    listed: set[str] = set()
    wrong: list[str] = []
    for number, (label, rows, amount, digest) in enumerate(text.iter_rows(), start=2):
        file = _file(label, where, number)
        if file in listed:
            raise Refused(f"{where}: row {number}: {file} is listed twice; allowed: once")
        listed.add(file)
        if not rows.isascii() or not rows.isdigit() or len(rows) > _DIGITS:
            raise Refused(f"{where}: row {number}: rows is {rows[:40]!r}; allowed: an integer")
        want = _amount(file, amount, where, number)
        read = found.get(file)
        if read is None:
            wrong.append(f"{file}: control has {int(rows)} rows; the file is not there")
            continue
        if int(rows) != read.rows:
            wrong.append(f"{file}: control has {int(rows)} rows, the file {read.rows}")
        if want is not None and want != sums[file]:
            wrong.append(f"{file}: control has {yuan(want)} yuan, the file {yuan(sums[file])}")
        if digest and digest.strip().lower() != read.sha256:
            wrong.append(f"{file}: control has sha256 {shown(digest[:64])}, the file {read.sha256}")
    if wrong:
        raise Refused(f"{where} differs from the files: " + "; ".join(wrong))
    return [f"{file}: not listed in {where}" for file in found if file not in listed]


def _file(label: str, where: str, number: int) -> str:
    file = label.removesuffix(".csv").removesuffix(".parquet")
    if file not in EXPORTS:
        raise Refused(f"{where}: row {number}: file is {label[:40]!r}; allowed: {', '.join(EXPORTS)}")
    return file


def _amount(file: str, text: str, where: str, number: int) -> int | None:
    """The control's money in fen; None for files without money (there it is empty)."""
    if not text and file not in _WITH_AMOUNT:
        return None
    fen = pl.Series([text]).str.contains(MONEY.replace("{1,13}", "{1,16}"))[0]
    if not fen:
        raise Refused(f"{where}: row {number}: amount is {text[:40]!r}; allowed: yuan with at most 2 decimals")
    whole, _, cents = text.lstrip("-").partition(".")
    value = (int(whole) * 100 + int(cents.ljust(2, "0"))) * (-1 if text.startswith("-") else 1)
    if file not in _WITH_AMOUNT:
        if value:
            raise Refused(f"{where}: row {number}: amount of {file} is {text!r}; allowed: empty")
        return None
    return value
