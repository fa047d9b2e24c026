"""What only a calendar shows: expiry of points after a month, and tax by the year (rules.md sections 4.1 and 10.3).

Holds: one home from 31 January to 1 March. Never holds: the monthly method (``test_tax.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, rules

# n = 1 and everything for the sponsor: an order of x yuan is x yuan of labour income for him.
RULES = rules(
    points={"grant_bp": 10000, "expire_months": 1},
    referral={"n": 1, "ladder_bp": [10000], "reserve_bp": 10000, "repeat_invitee": True},
    payout={"min_fen": 100, "labour_method": "cumulative"},
)
DAYS = """
2026-01-31
merchant M
member A
member B
member S
member S0
member S2
member S3
member S4
member S5
member S6
member Y S
member Y0 S0
member Y2 S2
member Y3 S3
member Y4 S4
member Y5 S5
member Y6 S6
account S
account S0
account S2
account S3
account S4
account S5
account S6
order P1 A  M     10.00
order P3 B  M     10.00
order Q1 Y  M   10000.00
order Q0 Y0 M    6000.00
order Q2 Y2 M  300000.00
order Q3 Y3 M  500000.00
order Q4 Y4 M  700000.00
order Q5 Y5 M 1500000.00
order Q6 Y6 M   20000.00
2026-02-01
order  P2 A M 5.00
order  P4 B M 6.00
redeem X2 B 1000
order  Q7 Y M 20000.00
result S6/2026-01-31 failed 19670.00
2026-02-02
redeem X1 A 300
refund R1 P3 4.00
2026-02-10
order  Q8 Y M 70000.00
2026-02-28
redeem X3 A 100
2026-03-01
order  Q9 Y M 1000.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("months"), RULES, DAYS)


@pytest.mark.slow
def test_a_month_after_31_january_is_28_february(book: Book) -> None:
    assert not book.rewards("2026-02-27")
    # P1: 1000 - 300 - 100 (redeemed this morning) = 600 expire; P3 was redeemed whole
    assert book.rewards("2026-02-28", "A") == ledger("""
        points redeem A -  - -100 POINT
        points expire A P1 - -600 POINT
    """)
    assert not book.rewards("2026-02-28", "B")
    assert book.lots("2026-02-28", "A") == ["points/P1 A 1000 0 closed"]


@pytest.mark.slow
def test_what_a_clawback_took_from_the_newest_lot_does_not_expire_again(book: Book) -> None:
    # B redeemed 1000, was granted 600, lost 400 to the refund of P3: 200 of P4 are left.
    assert book.lots("2026-02-02", "B") == ["points/P4 B 600 200 live"]
    assert book.rewards("2026-03-01", "A") == ["points expire A P2 - -500 POINT"]
    assert book.rewards("2026-03-01", "B") == ["points expire B P4 - -200 POINT"]


@pytest.mark.slow
def test_cumulative_tax_by_the_brackets_of_the_first_month(book: Book) -> None:
    # B = x - x / 5 - 5000.00 for the first month
    assert book.payouts("2026-01-31") == ledger("""
        S  bank   1000000     9000    991000 1   # B    300 000 x  3 %
        S0 bank    600000        0    600000 1   # B below 0: 480 000 - 500 000
        S2 bank  30000000  3008000  26992000 1   # B 23 500 000 x 20 % -  1 692 000
        S3 bank  50000000  6683000  43317000 1   # B 39 500 000 x 25 % -  3 192 000
        S4 bank  70000000 11358000  58642000 1   # B 55 500 000 x 30 % -  5 292 000
        S5 bank 150000000 35583000 114417000 1   # B 119 500 000 x 45 % - 18 192 000
        S6 bank   2000000    33000   1967000 1   # B  1 100 000 x  3 %
    """)


@pytest.mark.slow
def test_cumulative_tax_goes_on_through_the_year(book: Book) -> None:
    # Q7: income 3 000 000, B = 2 400 000 - 2 x 500 000 = 1 400 000 x 3 % = 42 000, less 9 000
    assert book.payouts("2026-02-01", "S") == ["S bank 2000000 33000 1967000 1"]
    # Q8: 10 000 000, B = 8 000 000 - 1 000 000 = 7 000 000 x 10 % - 252 000 = 448 000, less 42 000
    assert book.payouts("2026-02-10", "S") == ["S bank 7000000 406000 6594000 1"]
    # Q9: 10 100 000, B = 8 080 000 - 1 500 000 = 6 580 000 x 10 % - 252 000 = 406 000 < 448 000: nothing more
    assert book.payouts("2026-03-01", "S") == ["S bank 100000 0 100000 1"]


@pytest.mark.slow
def test_a_failed_payout_leaves_the_year_and_its_first_month_with_it(book: Book) -> None:
    # Nothing of January stands: February is the first month, B = 1 600 000 - 500 000 = 1 100 000 x 3 %.
    assert book.payouts("2026-02-01", "S6") == ["S6 bank 2000000 33000 1967000 2"]
