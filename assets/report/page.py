"""report.html: the day as finance reads it, one page without anything from outside; beside it report.json, its figures.

Holds: how a report is laid out as a page (``report.html.j2``), writing page, figures and workbook into the day.
Never holds: a figure that the report has not, words of a section.
Neighbour: ``gathering.py`` made the report, ``charts.py`` the drawings, ``seal.py`` seals the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path

import markupsafe

from assets.books.vouchers import vouchers
from assets.day import Day
from assets.foundation.settings import Entry
from assets.ledger import require_controls
from assets.pages import template
from assets.report.charts import Chart, charts
from assets.report.gathering import gather
from assets.report.sections import Report, as_json
from assets.report.wording import counted, said, text_of
from assets.report.workbook import workbook
from assets.steps import Facts
from assets.units import yuan
from assets.wording import Language

PAGE, FIGURES, WORKBOOK = "report.html", "report.json", "report.xlsx"
_TEMPLATE = Path(__file__).with_name("report.html.j2")
_SHOWN = 25  # rows of a table before the fold
NUMBERS = frozenset(("fen", "units", "points", "price", "bp", "count", "days"))


def lead(report: Report, language: Language) -> str:
    """The day in a sentence."""
    amounts = {name: yuan(getattr(report, name)) for name in ("kept", "gross", "tax", "net")}
    numbers = {name: counted(getattr(report, name)) for name in ("orders", "payouts")}
    return said("lead", language, version=report.rule_version, **numbers, **amounts)


def report_page(
    report: Report, language: Language | None = None, drawn: Callable[[], dict[str, Chart]] | None = None
) -> str:
    """The page in a language, by default the report's own: of the same report always the same.

    ``drawn``: its charts in that language, where they are being drawn already.
    """
    language = language or report.language
    drawn = drawn or charts(report, language)
    return template(_TEMPLATE).render(
        report=report,
        language=language,
        lead=lead(report, language),
        charts=drawn(),
        text=partial(text_of, language=language),
        said=lambda name, **figures: said(name, language, **figures),
        css=_css,
        numbers=NUMBERS,
        shown=_SHOWN,
    )


def _css(text: str) -> markupsafe.Markup:
    """A text as it may stand between quotes in a style sheet, whatever it holds."""
    plain = "".join(letter if letter.isalnum() or letter == " " else f"\\{ord(letter):x} " for letter in text)
    return markupsafe.Markup(plain)  # noqa: S704 - letters, digits, blanks and escapes


def report_workbook(
    report: Report, entries: Path, language: Language | None = None, accounts: Mapping[str, Entry] | None = None
) -> bytes:
    """The workbook in a language, by default the report's own, with the vouchers of the journal in ``entries``;
    ``accounts`` as ``vouchers`` has it. Raises Refused as that does."""
    import polars as pl  # late: a page alone does without it

    language = language or report.language
    day = date.fromisoformat(report.business_date)
    lines = vouchers(pl.scan_parquet(entries, glob=False), day, language, accounts)
    return workbook(report, lines, lead(report, language), language)


def write_report(day: Day) -> Facts:
    """Write report.html, report.json and report.xlsx: the day in a sentence, controls, money by programme, pools,
    payouts, health of queues and of the law's limits, quarantine; the journal as vouchers."""
    require_controls(day)
    report = gather(day, day.language)
    drawn = charts(report, report.language)  # while the workbook is made
    size = 0
    for name, raw in (
        (FIGURES, as_json(report)),
        (WORKBOOK, report_workbook(report, day.staging / "entries.parquet")),
        (PAGE, report_page(report, drawn=drawn).encode("utf-8")),
    ):
        path = day.staging / name
        path.write_bytes(raw)
        day.wrote(path)
        size += len(raw)
    return {"bytes": size}
