"""Tax on labour income by the month (rules.md section 10.3).

Holds: one home of three days over the end of a month. Never holds: the method by the year (``test_months.py``).
Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, ledger, payout_id, rules, version

# n = 1 and everything for the sponsor: an order of x yuan is x yuan of labour income for him.
RULES_KEYS = {
    "referral": {"n": 1, "ladder_bp": [10000], "reserve_bp": 10000, "repeat_invitee": True},
    "payout": {"min_fen": 100},
}
RULES = rules(**RULES_KEYS)
_SPONSORS = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")
_PEOPLE = "\n".join(f"member {one}\naccount {one}\nmember {one}1 {one}" for one in _SPONSORS)
DAYS = f"""
2026-01-30
merchant M
{_PEOPLE}
order A1 a1 M    799.99
order B1 b1 M    805.00
order C1 c1 M   4000.00
order D1 d1 M   5000.00
order E1 e1 M  25000.00
order F1 f1 M  30000.00
order G1 g1 M  62500.00
order H1 h1 M 100000.00
order I1 i1 M    500.00
order J1 j1 M   3000.00
order K1 k1 M   3000.00
2026-01-31
order I2 i1 M    400.00
order J2 j1 M   3000.00
result k/2026-01-30 failed 2560.00
order K2 k1 M   1000.00
order L1 l1 M   3000.00
2026-02-01
order I3 i1 M    700.00
order J3 j1 M   3000.00
result l/2026-01-31 failed 2560.00
order L2 l1 M   1000.00
result k/2026-01-31 paid 3360.00 14:00
result k/2026-01-31 returned 3360.00 15:00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("tax"), RULES, DAYS)


def test_the_brackets_of_a_single_payment(book: Book) -> None:
    assert book.payouts("2026-01-30") == ledger("""
        a bank    79999       0   79999 1   # up to 800.00 nothing
        b bank    80500     100   80400 1   # (805.00 - 800.00) x 20 %
        c bank   400000   64000  336000 1   # 3200.00 x 20 %
        d bank   500000   80000  420000 1   # above 4000.00: 80 % = 4000.00 x 20 %
        e bank  2500000  400000 2100000 1   # 20 000.00 x 20 %
        f bank  3000000  520000 2480000 1   # 24 000.00 x 30 % - 2000.00
        g bank  6250000 1300000 4950000 1   # 50 000.00 x 30 % - 2000.00
        h bank 10000000 2500000 7500000 1   # 80 000.00 x 40 % - 7000.00
        i bank    50000       0   50000 1
        j bank   300000   44000  256000 1   # 2200.00 x 20 %
        k bank   300000   44000  256000 1
    """)


def test_payments_of_one_month_count_together(book: Book) -> None:
    # i: 900.00 - 800.00 = 100.00 x 20 %; j: 6000.00 x 80 % x 20 % = 960.00, of which 440.00 were withheld
    assert book.payouts("2026-01-31", "i") == ["i bank 40000 2000 38000 1"]
    assert book.payouts("2026-01-31", "j") == ["j bank 300000 52000 248000 1"]


def test_a_new_month_begins_anew(book: Book) -> None:
    assert book.payouts("2026-02-01", "i") == ["i bank 70000 0 70000 1"]
    assert book.payouts("2026-02-01", "j") == ["j bank 300000 44000 256000 1"]


def test_a_failed_payout_leaves_the_month_that_it_counted_in(book: Book) -> None:
    # k in the same month: 3000.00 again and 1000.00 more: 4000.00 in all, 3200.00 x 20 %, nothing withheld so far
    assert book.payouts("2026-01-31", "k") == ["k bank 400000 64000 336000 2"]
    # l: failed in February, so all 4000.00 are income of February
    assert book.payouts("2026-02-01", "l") == ["l bank 400000 64000 336000 2"]
    # k: paid, then returned in February: the same again, third time, naming the second only
    assert book.payouts("2026-02-01", "k") == ["k bank 400000 64000 336000 2"]


def test_the_tax_account_holds_what_stands(book: Book) -> None:
    # Day 1 stands but for k: 100 + 64 000 + 80 000 + 400 000 + 520 000 + 1 300 000 + 2 500 000 + 44 000 = 4 908 100;
    # then i 2000, j 52 000, and in February j 44 000, l 64 000, k 64 000
    assert book.balances("2026-02-01", "tax_withheld") == ["tax_withheld platform 5134100"]


def test_every_payout_id_follows_from_day_and_member(book: Book) -> None:
    for day, paid in (("2026-01-30", "abcdefghijk"), ("2026-01-31", "ijkl"), ("2026-02-01", "ijkl")):
        assert book.table(day, "payouts", "member_id payout_id") == [f"{one} {payout_id(one, day)}" for one in paid]


def test_a_payout_that_tax_would_take_whole_waits_for_more(tmp_path: Path) -> None:
    """A change of method can leave a month undertaxed: T - withheld is then more than the payment itself."""
    yearly = {**RULES_KEYS, "payout": {"min_fen": 100, "labour_method": "cumulative"}}
    book = Book(
        tmp_path,
        [version("2026-03-01", **yearly), version("2026-03-02", **RULES_KEYS)],
        """
        2026-03-01
        merchant M
        member a
        account a
        member a1 a
        order A1 a1 M 3100.00
        2026-03-02
        order A2 a1 M 6.00
        2026-03-03
        order A3 a1 M 1000.00
        """,
    )
    # by the year: 3100.00 - 620.00 - 5000.00 < 0, no tax
    assert book.payouts("2026-03-01") == ledger("a bank 310000 0 310000 1")
    # by the month: (3106.00 - 800.00) x 20 % = 461.20 are due of 6.00: nothing would be left to pay
    assert book.payouts("2026-03-02") == []
    # 4106.00 - 821.20 = 3284.80, x 20 % = 656.96, none of it withheld yet
    assert book.payouts("2026-03-03") == ledger("a bank 100600 65696 34904 1")
