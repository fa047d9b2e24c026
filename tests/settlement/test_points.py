"""Points in mode fixed (rules.md section 4.1, late refunds of section 9): grant, redemption, lots, vouchers.

Holds: one home of three days. Never holds: expiry (``test_months.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, ledger, rules

DAYS = """
2026-11-01
member A
member B
member C
member D
merchant S
order  A1 A S 30.00
order  B1 B S 10.01
order  C1 C S 50.00
order  D1 D S  9.99
redeem X0 A 1
2026-11-02
redeem X4 A    1 POINT - 13:03
redeem X3 A  501 POINT - 13:02
redeem X2 A  600 POINT - 13:01
redeem X1 A 1000 POINT - 13:00
redeem X5 B  700
order  A2 A S 10.00
exit   E1 C1
refund RD D1 0.01
2026-11-03
redeem X6 A  600
redeem X7 B    1
redeem Y1 C 2000 VOUCHER S 13:00
redeem Y2 C 1001 VOUCHER S 13:01
redeem Y3 C    1 VOUCHER - 13:02
redeem Y4 C  600 POINT   - 13:03
refund RB B1 10.01
refund RE D1 0.01
order  B2 B S 12.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("points"), rules(points={}, queue={"pot_bp": 0}), DAYS)


def test_thirty_yuan_at_seventy_percent_are_2100_points(book: Book) -> None:
    assert book.rewards("2026-11-01", "points") == ledger("""
        points grant A A1 - 2100 POINT   # 3000 x 70 %
        points grant B B1 -  700 POINT   # 1001 x 70 % = 700.7
        points grant C C1 - 3500 POINT
        points grant D D1 -  699 POINT   # 999 x 70 % = 699.3
    """)
    assert book.balances("2026-11-01", "points_issued") == ["points_issued platform 6999"]


def test_points_of_today_cannot_be_redeemed_today(book: Book) -> None:
    assert book.quarantine("2026-11-01") == ["redemptions X0 insufficient_points"]


def test_the_first_request_beyond_the_balance_and_all_later_ones_are_refused(book: Book) -> None:
    # A holds 2100: 1000, then 1600, then 2101 is too much; the single point after it is refused as well.
    assert book.quarantine("2026-11-02") == ["redemptions X3 insufficient_points", "redemptions X4 insufficient_points"]
    assert book.rewards("2026-11-02", "redeem") == ledger("""
        points redeem A - - -1600 POINT
        points redeem B - -  -700 POINT   # exactly what he has
    """)


def test_the_oldest_lot_is_consumed_first(book: Book) -> None:
    assert book.lots("2026-11-02", "A") == ["points/A1 A 2100 500 live", "points/A2 A 700 700 live"]
    # 600 more: the last 500 of A1, then 100 of A2
    assert book.lots("2026-11-03", "A") == ["points/A1 A 2100 0 closed", "points/A2 A 700 600 live"]


def test_a_late_refund_takes_the_difference_of_two_grants_back_even_below_zero(book: Book) -> None:
    # D: 999 -> 699, 998 -> 698.6 -> 698, 997 -> 697.9 -> 697: one point each time
    assert book.rewards("2026-11-02", "D") == ["points clawback D D1 - -1 POINT"]
    assert book.rewards("2026-11-03", "D") == ["points clawback D D1 - -1 POINT"]
    # B had redeemed all 700: 0 - 700 + 840 (12.00 x 70 %) = 140, and so much is left of the new lot
    assert book.rewards("2026-11-03", "B") == ledger("""
        points clawback B B1 - -700 POINT
        points grant    B B2 -  840 POINT
    """)
    assert "member_points B 140" in book.balances("2026-11-03")
    assert book.lots("2026-11-03", "B") == ["points/B2 B 840 140 live"]
    assert "redemptions X7 insufficient_points" in book.quarantine("2026-11-03")


def test_who_was_below_zero_before_keeps_of_new_points_what_is_above(tmp_path: Path) -> None:
    days = """
2026-11-01
merchant S
member   A
member   B
order    A1 A S 10.00
order    B1 B S 10.00
2026-11-02
redeem   X1 A 700 POINT
redeem   X2 B 700 POINT
2026-11-03
refund   R1 A1 10.00
2026-11-04
order    A2 A S 20.00
order    B2 B S 20.00
"""
    book = Book(tmp_path, rules(points={}), days)
    assert "member_points A -700" in book.balances("2026-11-03")
    assert book.rewards("2026-11-04", "points") == ledger("""
        points grant A A2 - 1400 POINT
        points grant B B2 - 1400 POINT
    """)
    # A: -700 + 1400 = 700 are left of the lot; B had none left and keeps it whole.
    assert book.lots("2026-11-04") == ["points/A2 A 1400 700 live", "points/B2 B 1400 1400 live"]


def test_vouchers_are_redeemed_like_points_and_apart_from_them(book: Book) -> None:
    # C left the queue: 5000 x 60 % = 3000 VOUCHER; 2000, then 3001 is too much, then 1 comes too late; points go on
    assert book.rewards("2026-11-02", "C") == ["queue exit C C1 - 3000 VOUCHER"]
    assert book.quarantine("2026-11-03") == [
        "redemptions X7 insufficient_points",
        "redemptions Y2 insufficient_points",
        "redemptions Y3 insufficient_points",
    ]
    assert book.rewards("2026-11-03", "C") == ledger("""
        points redeem C - -  -600 POINT
        points redeem C - - -2000 VOUCHER
    """)
    vouchers = ("member_vouchers", "vouchers_issued", "vouchers_redeemed", "merchant_payable")
    assert book.balances("2026-11-03", *vouchers) == ledger("""
        member_vouchers   C         1000
        vouchers_issued   platform  3000
        vouchers_redeemed platform -2000   # no money stands behind exits: nothing is payable to S
    """)
