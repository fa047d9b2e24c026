"""What report.html says of schemes that hold more than money: in which units, at which price, in which period.

Holds: one home with points with a price, green points and circular purchase; one with points of mode fixed.
Never holds: the trees of the chain (``test_chain.py``), other sections of the page. Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.settlement.ledger import Book, rules
from tests.settlement.test_green import GREEN
from tests.settlement.test_priced import priced

DAY1, DAY2 = "2026-11-01", "2026-11-02"
DAYS = """
2026-11-01
member   A
merchant S - 1000
order    O1 A S 100.00
2026-11-02
refund   R1 O1  50.00
redeem   X1 A 1 VOUCHER S
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    green = {**GREEN, "period_days": 30}
    return Book(tmp_path_factory.mktemp("report"), rules(points=priced(), green=green, circular={}), DAYS)


def rows(book: Book, day: str) -> list[str]:
    """Every row of every table of the page, its cells apart by blanks."""
    page = (book.root / "settlements" / day / "report.html").read_text(encoding="utf-8")
    cells = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page))
    return [" ".join(row) for row in cells]


def text(book: Book, day: str) -> str:
    return (book.root / "settlements" / day / "report.html").read_text(encoding="utf-8")


def test_points_with_a_price_are_shown_as_points_and_not_at_face_value(book: Book) -> None:
    # 21.00 yuan of points at 1.00 yuan: 21 points, 210 000 units; half of them go back.
    assert "points grant POINT 1 1 21.0000" in rows(book, DAY1)
    assert "points clawback POINT 1 1 -10.5000" in rows(book, DAY2)
    assert "POINT are shown in points" in text(book, DAY1)


def test_points_of_mode_fixed_are_shown_at_face_value(tmp_path: Path) -> None:
    fixed = Book(tmp_path, rules(points={}), DAYS.partition(DAY2)[0])
    assert "points grant POINT 1 1 70.00" in rows(fixed, DAY1)
    assert "POINT, GREEN and VOUCHER are shown at face value" in text(fixed, DAY1)
