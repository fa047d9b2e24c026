"""What a report says, before anybody lays it out: sections of typed columns and rows, in two languages.

Holds: the shape that page, workbook and `report.json` share.
Never holds: figures, words of a section, layout.
Neighbour: ``gathering.py`` fills it, ``page.py`` and ``workbook.py`` print it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from assets.wording import Words

# How a value is meant: money in fen, units of a commodity at face value (one is a fen), points with a price (10 000
# units a point), a price in millionths of a yuan, a part in ten thousandths, a number of things, days, a date as
# YYYY-MM-DD, whether something holds, an id of ours, plain text, the name of a file below the day's folder.
Kind = Literal["fen", "units", "points", "price", "bp", "count", "days", "date", "ok", "id", "text", "file"]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Plain):
    """One column: a name for programs, a heading for people, how its values are meant."""

    name: str
    heading: Words
    kind: Kind
    summed: bool = False  # whether a sum of the column over all rows says something


class Section(_Plain):
    """One table of the report: rows in their order, each with a value per column (integers, texts, booleans or none).

    ``more`` counts rows that are left out; ``elsewhere`` says where they stand.
    """

    name: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[int | str | bool | None, ...], ...]
    note: Words | None = None
    more: int = 0
    elsewhere: str = ""
