"""Spreadsheets as a bank or a person might make them, and what is in one by its XML alone.

Holds: making a sheet cell by cell, reading the cells of one by their types without the library under test.
Never holds: an expectation.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime

import xlsxwriter
from lxml import etree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(
    rows: Iterable[Iterable[object]], *, name: str = "Sheet1", more: dict[str, list[list[str]]] | None = None
) -> bytes:
    """An xlsx whose cells are text, numbers, flags or times as the values are; ``more``: further sheets of text."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    times = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for title, content in {name: rows, **(more or {})}.items():
        page = book.add_worksheet(title)
        for at, row in enumerate(content):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(at, place, cell)
                elif isinstance(cell, datetime):
                    page.write_datetime(at, place, cell, times)
                elif cell is not None:
                    page.write(at, place, cell)
    book.close()
    return made.getvalue()


def cells(raw: bytes) -> tuple[str, list[list[str]]]:
    """The name of the first sheet and its rows, every cell as ``type:content`` (``s:`` is text)."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    texts = [
        "".join(one.itertext(f"{_MAIN}t")) for one in etree.fromstring(parts["xl/sharedStrings.xml"]).iter(f"{_MAIN}si")
    ]
    title = next(etree.fromstring(parts["xl/workbook.xml"]).iter(f"{_MAIN}sheet")).get("name", "")
    rows = []
    for row in etree.fromstring(parts["xl/worksheets/sheet1.xml"]).iter(f"{_MAIN}row"):
        found = []
        for cell in row.iter(f"{_MAIN}c"):
            kind, value = cell.get("t", ""), cell.findtext(f"{_MAIN}v", "")
            found.append(f"s:{texts[int(value)]}" if kind == "s" else f"{kind}:{value}")
        rows.append(found)
    return title, rows
