"""What a report says, before anybody lays it out: sections of typed columns and rows, in two languages.

Holds: the shape that page, workbook and `report.json` share, and its one spelling as JSON.
Never holds: figures, words of a section, layout.
Neighbour: ``gathering.py`` fills it, ``page.py`` and ``workbook.py`` print it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from assets.foundation.store import canonical_json
from assets.wording import Language, Words

# How a value is meant: money in fen, units of the commodity that the row names at face value (one is a fen; see
# ``Section.kind_at``), points with a price (10 000 units a point), a price in millionths of a yuan, a part in ten
# thousandths, a number of things, days, a date as YYYY-MM-DD, whether something holds, an id of ours, a code of ours
# that ``wording.py`` has words for, plain text, the name of a file below the day's folder.
Kind = Literal[
    "fen", "units", "points", "price", "bp", "count", "days", "date", "ok", "id", "word", "text", "file"
]  # fmt: skip
Value = int | str | bool | None


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Column(_Plain):
    """One column: a name for programs, a heading for people, how its values are meant."""

    name: str
    heading: Words
    kind: Kind
    summed: bool = False  # whether a sum of the column over all rows says something


class Section(_Plain):
    """One table of the report: rows in their order, each with a value per column (integers, texts, booleans or none).

    ``empty`` is said where there are no rows; ``more`` counts rows that are left out, ``elsewhere`` says where they
    stand, ``rest`` what they come to in columns that are summed. ``single``: there is one row and never another, so
    that its columns may be printed below each other. ``priced``: points have a price, and the units of rows of POINT
    are 10 000 a point.
    """

    name: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Words | None = None
    empty: Words | None = None
    more: int = 0
    rest: dict[str, int] = {}
    elsewhere: str = ""
    single: bool = False
    priced: bool = False

    def kind_at(self, row: tuple[Value, ...], place: int) -> Kind:
        """How the value at ``place`` of a row is meant: ``units`` of points with a price are ``points``."""
        kind = self.columns[place].kind
        if (
            kind == "units"
            and self.priced
            and any(
                value == "POINT" and column.name == "commodity" for column, value in zip(self.columns, row, strict=True)
            )
        ):
            return "points"
        return kind

    def total(self, name: str) -> int:
        """The sum of a column of numbers over all rows, those that are left out too."""
        place = next(at for at, column in enumerate(self.columns) if column.name == name)
        return sum(value for row in self.rows if isinstance(value := row[place], int)) + self.rest.get(name, 0)

    @property
    def totalled(self) -> bool:
        """Whether there is more than one row to sum."""
        return len(self.rows) + self.more > 1 and any(column.summed for column in self.columns)


class Report(_Plain):
    """The day as finance reads it. ``language`` is that of the sealed page; amounts are fen."""

    business_date: str
    rule_version: str
    language: Language
    orders: int
    kept: int
    payouts: int
    gross: int
    tax: int
    net: int
    controls: int
    failed: int
    waived: str | None
    notes: tuple[str, ...]
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section | None:
        """The section of that name, if the day has it."""
        return next((one for one in self.sections if one.name == name), None)


def as_json(report: Report) -> bytes:
    """The report in its one spelling: every number an integer, the same bytes for the same day."""
    return canonical_json(report.model_dump(mode="json", exclude_defaults=True))


def from_json(raw: bytes) -> Report:
    """The report that ``as_json`` spelt; raises pydantic's ValidationError."""
    return Report.model_validate_json(raw)
