"""`settle report`: the report of a settled day again, in a terminal, as JSON, as a page or workbook in a file.

Holds: reading the sealed figures, how a section looks in a terminal.
Never holds: figures (``report.json`` of the day has them), words of a section, the page.
Neighbour: ``cli.py``; ``assets/report/`` makes report and page.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.books.gathering import sealed_path
from assets.foundation.errors import Refused
from assets.foundation.settings import read_settings
from assets.foundation.store import Home, sha256_file
from assets.handing import handed_out, write_page
from assets.report.page import FIGURES, NUMBERS, lead, report_page, report_workbook
from assets.report.sections import Report, Section, as_json, from_json
from assets.report.wording import said, text_of
from assets.wording import Language


def report_and_show(
    console: Console, home: Home, day: date, language: Language | None, page: Path | None, book: Path | None, *,
    machine: bool,
) -> None:  # fmt: skip
    """Leave page and workbook where they are asked for; print the sections, or the sealed figures as JSON."""
    report = sealed_report(home, day)
    spoken = language or report.language
    if page:
        write_page(home, page, report_page(report, spoken))
    if book:
        entries, accounts = sealed_path(home, day, "entries"), read_settings(home.root).accounts
        raw = report_workbook(report, entries, spoken, accounts)
        with handed_out(home, book) as stream:
            stream.write(raw)
    if machine:
        _say(console, as_json(report).decode("utf-8").rstrip("\n"))
    elif page or book:
        for file in filter(None, (page, book)):
            _say(console, f"{said('title', spoken, day=day)}: {file}")
    else:
        _show(console, report, spoken)


def sealed_report(home: Home, day: date) -> Report:
    """The report of a settled day as it was sealed; raises Refused where there is none or it is not what was sealed."""
    seal = home.seal(day)
    if seal is None:
        raise Refused(f"{day} is not settled")
    path, listed = home.settlement(day) / FIGURES, seal.content.get("outputs", {}).get(FIGURES)
    if listed is None:
        raise Refused(f"{day} was settled without {FIGURES}, by an earlier version of Settle; its report.html stands")
    if not path.is_file() or sha256_file(path) != listed["sha256"]:
        raise Refused(f"{path}: gone or not what {day} sealed (settle verify says more)")
    try:
        return from_json(path.read_bytes())
    except ValidationError:
        raise Refused(f"{path}: cannot be read by this version of Settle") from None


def _show(console: Console, report: Report, language: Language) -> None:
    """The day in a sentence, then every section that has rows; the long list of controls is left to page and file."""
    _say(console, said("title", language, day=report.business_date))
    _say(console, lead(report, language))
    verdict = "fail" if report.failed else "hold"
    _say(console, said(verdict, language, failed=report.failed, controls=report.controls))
    if report.waived:
        _say(console, said("waived", language, waived=report.waived))
    for section in report.sections:
        if section.rows and section.name != "controls":
            console.print()
            console.print(_table(section, language))
            if section.more:
                _say(console, said("more", language, more=section.more))
    for note in report.notes:
        _say(console, note)


def _table(section: Section, language: Language) -> Table:
    """A section as a table; one that has a single row stands as names and values below each other."""
    title = Text(section.title.of(language))
    if section.single:
        table = Table(title=title, title_justify="left", show_header=False)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold", justify="right")
        for place, column in enumerate(section.columns):
            if column.heading.en:
                table.add_row(column.heading.of(language), text_of(column.kind, section.rows[0][place], language))
        return table
    table = Table(title=title, title_justify="left")
    for column in section.columns:
        table.add_column(
            column.heading.of(language), justify="right" if column.kind in NUMBERS else "left", overflow="fold"
        )
    for row in section.rows:
        values = (text_of(section.kind_at(row, at), value, language) for at, value in enumerate(row))
        table.add_row(*map(Text, values))
    return table


def _say(console: Console, line: str) -> None:
    console.out(line, highlight=False)  # to the letter: print would make pictures of ids like :star:
