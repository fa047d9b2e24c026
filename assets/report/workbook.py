"""report.xlsx: the sections of a report as sheets, and the day's journal as vouchers, for finance to reckon on.

Holds: which cell a value becomes, totals as formulas that bear their figure, the sheets' layout.
Never holds: a figure that neither the report nor the journal has; text that is a formula.
Neighbour: ``sections.py`` is the report, ``books/vouchers.py`` the vouchers; ``page.py`` prints the same sections.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from assets.books.vouchers import Line
from assets.payouts.channels.xlsx import CREATED, stored
from assets.report import workbook_wording as words
from assets.report.sections import Column, Kind, Report, Section, Value
from assets.report.wording import said, text_of
from assets.wording import Language

# Units of one, decimals shown. A cell holds a binary fraction of 53 bits, written with 16 digits: within the bound
# below every fen has a cell of its own, and none other rounds to it.
_SCALES: dict[Kind, tuple[int, str]] = {
    "fen": (100, "#,##0.00"), "units": (100, "#,##0.00"), "points": (10_000, "#,##0.0000"),
    "price": (1_000_000, "#,##0.000000"), "bp": (10_000, "0.00%"), "count": (1, "0"), "days": (1, "0"),
}  # fmt: skip
_EXACT = 2**53
_MOST = 32_767  # characters of a cell
_WIDEST, _NARROWEST = 60, 8
_DATE = "yyyy-mm-dd"
_STRANGE = "\ufffd"


def workbook(report: Report, lines: Sequence[Line], lead: str, language: Language) -> bytes:
    """The workbook in a language, ``lead`` being the day in a sentence: of the same report and vouchers the same bytes.

    An amount of 2^53 or more, which no cell holds to the fen, stands as text.
    """
    import xlsxwriter  # late: a day that is refused does without it

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "", "author": "", "company": "", "created": CREATED})
    _Book(book, report, lines, language).write(lead)
    book.close()
    return stored(made.getvalue())


class _Book:
    """One workbook in the making; formats are made once each."""

    def __init__(self, book: Any, report: Report, lines: Sequence[Line], language: Language) -> None:
        self._book, self._report, self._lines, self._language = book, report, lines, language
        self._formats: dict[tuple[str, bool], Any] = {}

    def write(self, lead: str) -> None:
        first = self._book.add_worksheet(words.DAY.of(self._language))
        names = [words.SHEETS[section.name].of(self._language) for section in self._report.sections]
        for name, section in zip(names, self._report.sections, strict=True):
            self._section(self._book.add_worksheet(name), section)
        self._vouchers(self._book.add_worksheet(words.VOUCHERS.of(self._language)))
        self._day(first, lead, names)
        first.activate()

    # --- sheets ------------------------------------------------------------------------------------------------------

    def _day(self, sheet: Any, lead: str, names: list[str]) -> None:
        """The day in a sentence, what of it is to be known, and a link to every other sheet."""
        report, of = self._report, self._language
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 12)
        sheet.set_column(2, 2, 90)
        verdict = "fail" if report.failed else "hold"
        told = [lead, said(verdict, of, failed=report.failed, controls=report.controls)]
        told += [said("waived", of, waived=report.waived)] if report.waived else []
        self._text(sheet, 0, 0, said("title", of, day=report.business_date), strong=True)
        for at, line in enumerate([*told, *report.notes], start=1):
            self._text(sheet, at, 0, line)
        at = len(told) + len(report.notes) + 2
        for place, heading in enumerate((words.SHEET, words.ROWS, words.SAYS)):
            self._text(sheet, at, place, heading.of(of), strong=True)
        listed = [(name, len(one.rows), one.title.of(of)) for name, one in zip(names, report.sections, strict=True)]
        vouchers = words.VOUCHERS.of(of)
        for name, rows, title in [*listed, (vouchers, len(self._lines), words.VOUCHERS_SAY.of(of))]:
            at += 1
            sheet.write_url(at, 0, f"internal:'{name}'!A1", string=name)
            self._number(sheet, at, 1, rows, "count")
            self._text(sheet, at, 2, title)
        for place, (heading, cells) in enumerate((
            (words.DEBIT, [line.debit for line in self._lines]), (words.CREDIT, [line.credit for line in self._lines]),
        ), start=2):  # fmt: skip
            letter = "HI"[place - 2]
            formula = f"=SUM('{vouchers}'!{letter}2:{letter}{max(len(self._lines), 1) + 1})"
            self._text(sheet, at + place, 0, f"{vouchers}: {heading.of(of)}")
            self._total(sheet, at + place, 1, formula, sum(cells), "fen", cells)
        for place, note in enumerate((words.NOT_MONEY, words.NUMBERED), start=5):
            self._text(sheet, at + place, 0, note.of(of))

    def _section(self, sheet: Any, section: Section) -> None:
        """Headings, rows, totals as formulas; below them what else the section says."""
        rows, of = section.rows, self._language
        self._headings(sheet, [column.heading.of(of) for column in section.columns])
        for at, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                self._cell(sheet, at, place, section.kind_at(row, place), value)
        at = len(rows) + 1
        if section.totalled:
            self._totals(sheet, section, at)
            at += 1
        said_below = [
            section.empty.of(of) if section.empty and not rows else "",
            said("elsewhere", of, more=section.more, elsewhere=section.elsewhere) if section.more else "",
            section.note.of(of) if section.note else "",
        ]
        for line in filter(None, said_below):
            at += 1
            self._text(sheet, at, 0, line)
        self._shape(sheet, [self._width(section, place, column) for place, column in enumerate(section.columns)], rows)

    def _totals(self, sheet: Any, section: Section, at: int) -> None:
        for place, column in enumerate(section.columns):
            if column.summed:
                letter = _letters(place)
                formula = f"=SUM({letter}2:{letter}{len(section.rows) + 1})"
                rest = section.rest.get(column.name, 0)  # of rows that are left out
                formula += f"{rest / _SCALES[column.kind][0]:+}" if rest else ""
                cells = (*(row[place] for row in section.rows), rest)
                self._total(sheet, at, place, formula, section.total(column.name), column.kind, cells)
            elif place == 0:
                self._text(sheet, at, place, said("total", self._language), strong=True)

    def _vouchers(self, sheet: Any) -> None:
        """Headings and lines alone, so that the sheet can be imported as it stands."""
        day = date.fromisoformat(self._report.business_date)
        self._headings(sheet, words.VOUCHER_HEADINGS)
        for at, line in enumerate(self._lines, start=1):
            cells: tuple[tuple[Kind, Value], ...] = (
                ("date", day.isoformat()), ("text", words.VOUCHER_WORD), ("count", line.number), ("count", 0),
                ("text", line.summary), ("text", line.code), ("text", line.name), ("fen", line.debit),
                ("fen", line.credit), ("text", words.CURRENCY), ("count", 1), ("text", line.aside),
                ("text", line.txn_id),
            )  # fmt: skip
            for place, (kind, value) in enumerate(cells):
                self._cell(sheet, at, place, kind, value)
        self._shape(sheet, (11, 8, 9, 10, 34, 12, 26, 16, 16, 8, 6, 10, 34), self._lines)

    # --- cells -------------------------------------------------------------------------------------------------------

    def _cell(self, sheet: Any, at: int, place: int, kind: Kind, value: Value) -> None:
        if value is None or value == "":
            return
        if kind == "date" and isinstance(value, str) and (day := _day(value)):
            sheet.write_datetime(at, place, day, self._format(_DATE))
        elif isinstance(value, int) and not isinstance(value, bool):
            self._number(sheet, at, place, value, kind)
        else:
            self._text(sheet, at, place, text_of(kind, value, self._language))

    def _number(self, sheet: Any, at: int, place: int, value: int, kind: Kind) -> None:
        """A number; what no cell holds to the unit stands as text, exact."""
        size, shown = _SCALES[kind]
        if _holds(value):
            sheet.write_number(at, place, value / size, self._format(shown))
        else:
            self._text(sheet, at, place, text_of(kind, value, self._language))

    def _total(
        self, sheet: Any, at: int, place: int, formula: str, value: int, kind: Kind, of: Iterable[Value] = ()
    ) -> None:
        """A formula with the figure that it comes to, for readers that do not reckon; text where it or one ``of`` its
        cells is text."""
        size, shown = _SCALES[kind]
        if all(_holds(one) for one in (value, *of) if isinstance(one, int)):
            sheet.write_formula(at, place, formula, self._format(shown, strong=True), value / size)
        else:
            self._text(sheet, at, place, text_of(kind, value, self._language), strong=True)

    def _text(self, sheet: Any, at: int, place: int, text: str, *, strong: bool = False) -> None:
        """Text and never a formula or link; what no cell can hold becomes a mark."""
        plain = "".join(letter if letter.isprintable() else _STRANGE for letter in text[:_MOST])
        sheet.write_string(at, place, plain, self._format("@", strong=True) if strong else None)

    def _format(self, shown: str, *, strong: bool = False) -> Any:
        if (shown, strong) not in self._formats:
            self._formats[shown, strong] = self._book.add_format({"num_format": shown, "bold": strong})
        return self._formats[shown, strong]

    # --- layout ------------------------------------------------------------------------------------------------------

    def _headings(self, sheet: Any, headings: Sequence[str]) -> None:
        for place, heading in enumerate(headings):
            self._text(sheet, 0, place, heading, strong=True)

    def _shape(self, sheet: Any, widths: Sequence[int], rows: Sequence[object]) -> None:
        """Columns as wide as what they hold, headings that stay in sight and on every printed page."""
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(widths) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)

    def _width(self, section: Section, place: int, column: Column) -> int:
        told: Callable[[Sequence[Value]], str] = lambda row: text_of(  # noqa: E731
            section.kind_at(tuple(row), place), row[place], self._language
        )
        widest = max(map(_wide, (column.heading.of(self._language), *map(told, section.rows))))
        return min(max(widest + 3, _NARROWEST), _WIDEST)


def _holds(value: int) -> bool:
    """Whether a cell holds the number to the unit."""
    return abs(value) < _EXACT


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None  # a word in the place of a day


def _letters(place: int) -> str:
    """A column by its place from 0, up to Z."""
    return chr(ord("A") + place)


def _wide(text: str) -> int:
    """Widths of letters; Chinese ones take two."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
