"""Reports of small days: a home by hand, one without anything, and reading a section as rows of values."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.foundation.store import Home
from assets.report.sections import Report
from pipelines.reporting import sealed_report
from tests.settlement.ledger import Book, rules

DAY1, DAY2 = "2026-11-01", "2026-11-02"
DAYS = f"""
{DAY1}
member   A
member   B A
member   C A
merchant S
account  A bank
order    O1 A S 100.00 09:00
order    O2 B S  50.00 10:00
{DAY2}
order    O3 C S  20.00
order    O4 X S  10.00
refund   R1 O2  50.00
"""


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Points, referral and a queue on two days: O2 is returned on the second when A has been paid for it."""
    law = rules(points={}, referral={}, queue={}, payout={"min_fen": 1})
    return Book(tmp_path_factory.mktemp("shop"), law, DAYS)


def report_of(book: Book, day: str) -> Report:
    """The sealed report of a day."""
    return sealed_report(Home(book.root), date.fromisoformat(day))


def rows(report: Report, name: str) -> list[tuple[Any, ...]]:
    """The rows of a section; none where the report has no such section."""
    section = report.section(name)
    return [tuple(row) for row in section.rows] if section else []


def page_of(book: Book, day: str) -> str:
    """The sealed page of a day."""
    return (Path(book.root) / "settlements" / day / "report.html").read_text(encoding="utf-8")
