"""What report.html and the stages say of schemes that hold more than money: in which units, at which price, in which
period.

Holds: one home with points with a price, green points, circular purchase and the chain; one with points of mode fixed.
Never holds: the trees of the chain (``test_chain.py``), other sections of the page. Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.desk import Desk
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
    chain = {"packages": [{"product_id": "P", "price_fen": 10000}], "fund_fen": 1000}
    law = rules(points=priced(), green=green, circular={}, chain=chain)
    return Book(tmp_path_factory.mktemp("report"), law, DAYS)


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


def test_lots_and_what_is_held_with_the_money_behind_it(book: Book) -> None:
    # Concession 10.00: half of it in GREEN to the merchant; a tenth of 15.00 is released, and at once circular pays.
    assert {"POINT 21.0000 0.0000 0.0000  ", "GREEN 10.00 5.00 0.00  ", "VOUCHER 1.00 0.50 0.00 1.50 0.00"} <= set(
        rows(book, DAY1)
    )
    assert {"circular 1 1 0", "green 2 2 0", "points 1 1 0"} <= set(rows(book, DAY1))
    # Half of the order is kept: 7.50 of GREEN, vouchers for 0.75, and of 10.00 shared today 5.00 in vouchers.
    assert {"POINT 10.5000 0.0000 0.0000  ", "GREEN 5.00 2.50 0.00  ", "VOUCHER 5.49 0.25 0.00 5.74 0.00"} <= set(
        rows(book, DAY2)
    )
    assert {"circular 1 0 0", "green 2 0 0", "points 1 0 0"} <= set(rows(book, DAY2))


def test_who_is_below_zero_does_not_hide_vouchers_without_money(tmp_path: Path) -> None:
    """A spends what the exit of his ticket gave him and returns the order: nothing stands behind what B still has."""
    queue = {"exit_bp": 10000, "pot_bp": 0}
    trade = """
    2026-11-01
    member   A
    member   B
    merchant S
    order    O1 A S 8.00
    order    O2 B S 3.00
    2026-11-02
    exit     E1 O1
    exit     E2 O2
    2026-11-03
    redeem   X1 A 800 VOUCHER S
    2026-11-04
    refund   R1 O1 8.00
    """
    bad = Book(tmp_path, rules(queue=queue), trade)
    # 11.00 given, 8.00 of it spent; then A owes 8.00 and B has 3.00: the sum would be 5.00 below zero.
    assert "VOUCHER 11.00 0.00 0.00 0.00 11.00" in rows(bad, "2026-11-02")
    assert "VOUCHER 3.00 0.00 8.00 0.00 3.00" in rows(bad, "2026-11-04")


def test_the_price_of_a_point_today_and_tomorrow(book: Book) -> None:
    # 30.00 in the pool for 21 points, then for half of them.
    assert "1.000000 1.428571 21.0000 0.00" in rows(book, DAY1)
    assert "1.428571 2.857142 10.5000 0.00" in rows(book, DAY2)


def test_periods_of_green_points_that_ended_and_the_one_that_runs(book: Book) -> None:
    # 4.00 came in and 1.50 were released; the next must grow against the 2.50 that stayed.
    assert {f"1 {DAY1} {DAY1} 4.00 0.00 1,500 1.50 1.50", f"2 {DAY2} runs 0.00 2.50   "} <= set(rows(book, DAY1))
    assert f"2 {DAY2} runs 0.00 2.50   " in rows(book, DAY2)


def test_points_of_mode_fixed_are_shown_at_face_value(tmp_path: Path) -> None:
    fixed = Book(tmp_path, rules(points={}), DAYS.partition(DAY2)[0])
    assert "points grant POINT 1 1 70.00" in rows(fixed, DAY1)
    assert "POINT, GREEN and VOUCHER are shown at face value" in text(fixed, DAY1)
    page = text(fixed, DAY1)
    assert "points 1 1 0" in rows(fixed, DAY1)
    assert "Price of a point" not in page and "Periods of green points" not in page


def test_what_the_stages_say_names_the_scheme_and_its_unit(book: Book) -> None:
    day = book.root / "exports" / "2026-11-03"
    day.mkdir()
    (day / "orders.csv").write_text(
        "order_id,member_id,merchant_id,product_id,unit_price,quantity,completed_at\n"
        "O2,A,S,P,100.00,1,2026-11-03T10:00:00\n"
    )
    desk = Desk(Home(book.root), threads=1)
    said = {stage.name: desk.stage(stage, date(2026, 11, 3)).facts for stage in STAGES}
    assert said["circular"] == {
        "circular contributed, fen": 1000, "circular paid, fen": 250, "circular vouchers granted, units": 250,
        "worth of one contribution, fen": 1000,
    }  # fmt: skip
    assert said["chain"]["agents who joined, heads"] == 1
    assert said["green"]["green periods ended, number"] == 1
    # Energy of O2; GREEN of both orders and sides; units of O2 at 2.857142 yuan.
    assert said["lots"] == {
        "rows": 7, "left of these lots of circular, fen": 3000, "left of these lots of green, units": 2250,
        "left of these lots of points, units": 73500,
    }  # fmt: skip
