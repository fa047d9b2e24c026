"""Spreadsheets (xlsx) for the channels that take them: written as text cells alone, read by another library.

Holds: the one way to write a sheet, the one way to read one, what no text cell can carry.
Never holds: a channel's columns; a number, formula or date that is written.
Neighbour: ``alipay.py`` and ``bank_sheet.py`` use it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from assets.payouts.channels.base import has_control, is_formula

Cell = object  # str; a number, date or flag where a spreadsheet made one of it
Test = tuple[pl.Expr, str]

CREATED = datetime(2000, 1, 1)  # a property that every file has: without it the clock would be in the bytes
_CELL_CHARS = 32_767  # the format's own limit, no contract's
_LETTERS = r"[\x{FFFE}\x{FFFF}]"  # no letters of XML
# A sheet that is read: what its parts unfold to, and the rectangle that its cells span (each of which takes memory).
_MOST_BYTES = 64 << 20
_MOST_CELLS = 5_000_000
# What the standard library says of a damaged or encrypted archive.
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


# --- what a cell can carry ---------------------------------------------------------------------------------------


def cell_refusals(column: str) -> list[Test]:
    """What keeps a text out of a cell, for ``base.first_reason``: nothing is trimmed, cut or prefixed for it."""
    text = pl.col(column)
    return [
        (is_formula(column), f"{column} starts like a formula"),
        (has_control(column), f"{column} holds a control character"),
        (text.str.contains(_LETTERS), f"{column} holds a character that no spreadsheet has"),
        (text.str.strip_chars() != text, f"{column} starts or ends with a space"),
        (text.str.len_chars() > _CELL_CHARS, f"{column} is longer than {_CELL_CHARS} characters"),
    ]


# --- writing -----------------------------------------------------------------------------------------------------


def write_sheet(path: Path, name: str, rows: Iterable[Sequence[str]]) -> None:
    """Write one sheet of text cells, formatted as text so that they stay text when a person edits one; "" is no cell.

    The same rows give the same bytes wherever they are written: the parts are stored, not deflated, since each zlib
    deflates in its own way. Raises ValueError for a text that a cell cannot hold whole.
    """
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": "", "author": "", "company": "", "created": CREATED})
    sheet, text = book.add_worksheet(name), book.add_format({"num_format": 49})  # the built-in format of text
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell and sheet.write_string(at, place, cell, text):
                raise ValueError(f"row {at + 1}, column {place + 1}: a cell holds at most {_CELL_CHARS} characters")
    book.close()
    path.write_bytes(stored(made.getvalue()))


def stored(raw: bytes) -> bytes:
    """The XML parts of an xlsx, without compression and with one fixed time: what a ``ZipInfo`` is by itself."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as packed, zipfile.ZipFile(out, "w") as stored:
        for part in packed.infolist():
            if part.filename.endswith((".xml", ".rels")):
                stored.writestr(zipfile.ZipInfo(part.filename), packed.read(part))
    return out.getvalue()


# --- reading -----------------------------------------------------------------------------------------------------


def read_texts(path: Path, name: str) -> list[list[str]]:
    """The rows of a file's only sheet, which bears this name, every cell of it text.

    All rows are as long as the longest; "" where there is no cell. Raises ValueError for anything else.
    """
    sheets = _sheets(path.read_bytes())
    if list(sheets) != [name]:
        raise ValueError(f"{path.name}: found {len(sheets)} sheets, allowed one that is named {name}")
    rows = []
    for at, row in enumerate(sheets[name], start=1):
        texts = [cell for cell in row if isinstance(cell, str)]
        if len(texts) != len(row):
            place = next(place for place, cell in enumerate(row, start=1) if not isinstance(cell, str))
            raise ValueError(f"{path.name}: row {at}, column {place} is no text cell; allowed: text alone")
        rows.append(texts)
    return rows


def read_cells(raw: bytes) -> list[list[Cell]]:
    """The rows of the one sheet of a foreign file that has any, from row 1 on; its cells as they are.

    Raises ValueError for what is no xlsx, for one that unfolds beyond all measure, and where several sheets have rows.
    """
    filled = [rows for rows in _sheets(raw).values() if any(cell != "" for row in rows for cell in row)]
    if len(filled) > 1:
        raise ValueError(f"found {len(filled)} sheets with rows, allowed one")
    return filled[0] if filled else []


def _sheets(raw: bytes) -> dict[str, list[list[Cell]]]:
    """Every sheet with its rows, by calamine, which ends the process where a sheet's cells lie too far apart: so what
    is in the parts is weighed before."""
    import python_calamine

    try:
        sound = _weighed(raw)
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sound)) as book:
            return {
                name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
                for name in book.sheet_names
            }
    except (*_DAMAGED, python_calamine.CalamineError) as error:
        raise ValueError(f"no readable xlsx ({type(error).__name__})") from None


def _weighed(raw: bytes) -> bytes:
    """The parts without compression, once their size and the span of every sheet are within measure."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        names = packed.namelist()
        if "xl/workbook.xml" not in names or len(set(names)) != len(names):
            raise ValueError("no xlsx: found no part xl/workbook.xml, or a part twice")
        size = sum(part.file_size for part in packed.infolist())
    if size > _MOST_BYTES:
        raise ValueError(f"it unfolds to {size} bytes, allowed {_MOST_BYTES}")
    sound = stored(raw)
    with zipfile.ZipFile(io.BytesIO(sound)) as parts:
        for name in parts.namelist():
            _require_span(parts.read(name))
    return sound


def _require_span(part: bytes) -> None:
    """Refuse a part whose filled cells span more than the rectangle allowed; rows and columns as they are named."""
    from lxml import etree

    high = wide = 0
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    try:
        for _, element in etree.iterparse(io.BytesIO(part), tag=("{*}c", "{*}row"), **options):
            if len(element):  # one without content is formatting alone, however far out
                place = element.get("r", "")
                letters = place.rstrip("0123456789")
                high = max(high, int(place[len(letters) :] or 0))
                wide = max(wide, _column(letters))
            if etree.QName(element).localname == "row":
                element.clear()
    except (etree.XMLSyntaxError, ValueError):
        raise ValueError("no readable xlsx (a part is no XML)") from None
    if high * wide > _MOST_CELLS:
        raise ValueError(f"its cells span {high} rows and {wide} columns, allowed {_MOST_CELLS} cells")


def _column(letters: str) -> int:
    """The number of a column by its letters: A is 1, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
