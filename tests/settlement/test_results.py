"""Results of payouts (rules.md section 10.4): taken, repeated, contradicting, unknown.

Holds: one home of four days in which six members are owed 10.00 each.
Never holds: the cut (``test_payouts.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, payout_id, version

QUEUE = {"scope": "merchant", "pot_bp": 5000}
RULES = [
    version("2026-11-01", queue={**QUEUE, "pot_bp": 0}, payout={"min_fen": 100}),
    version("2026-11-02", queue=QUEUE, payout={"min_fen": 100}),
]
_PEOPLE = "\n".join(f"member {one}\naccount {one}\norder O{one} {one} S 10.00" for one in "abcdef")
DAYS = f"""
2026-11-01
merchant S
member Z
{_PEOPLE}
2026-11-02
order OZ Z S 120.00
2026-11-03
result a/2026-11-02 paid     10.00 14:00
result a/2026-11-02 paid     10.00 14:00
result b/2026-11-02 failed   10.00
result c/2026-11-02 returned 10.00 15:00
result c/2026-11-02 paid     10.00 14:00
result d/2026-11-02 paid      9.99
result e/2026-11-02 returned 10.00
result NOBODY       paid      9.99
2026-11-04
result a/2026-11-02 failed   10.00 16:00
result a/2026-11-02 paid     10.00 17:00
result b/2026-11-02 paid      9.00
result d/2026-11-02 paid     10.00
result e/2026-11-02 returned 10.00 18:00
result e/2026-11-02 failed   10.00 19:00
result b/2026-11-03 paid     10.00
"""
DAY2, DAY3, DAY4 = (f"2026-11-0{day}" for day in range(2, 5))
MONEY = ("payout_in_transit", "bank", "member_wallet_rebate")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("results"), RULES, DAYS)


def test_what_failed_or_came_back_is_paid_again_and_what_has_no_result_is_not(book: Book) -> None:
    assert book.payouts(DAY2) == [f"{one} bank 1000 0 1000 1" for one in "abcdef"]
    # c: paid at 14:00, returned at 15:00, whatever the order of the rows; e: never paid, so "returned" is "failed"
    assert book.payouts(DAY3) == [f"{one} bank 1000 0 1000 2" for one in "bce"]
    assert book.table(DAY3, "payouts", "member_id replaces") == [f"{one} {payout_id(one, DAY2)}" for one in "bce"]
    assert not book.payouts(DAY4)


def test_the_money_is_in_transit_then_gone_or_back(book: Book) -> None:
    assert book.balances(DAY2, *MONEY) == ["payout_in_transit bank 6000"]
    # d and f wait: 2000; b, c, e are on their way again: 3000. The bank paid a and c, and c came back.
    assert book.balances(DAY3, *MONEY) == ["bank bank -1000", "payout_in_transit bank 5000"]
    # d and b's second one are paid
    assert book.balances(DAY4, *MONEY) == ["bank bank -3000", "payout_in_transit bank 3000"]


def test_unknown_ids_amounts_and_states_are_tested_in_this_order(book: Book) -> None:
    assert book.quarantine(DAY3) == ledger(f"""
        payout_results NOBODY                unknown_payout
        payout_results {payout_id("d", DAY2)} payout_amount_differs
    """)
    # b's first is final and the amount is wrong: the amount is tested first
    assert book.quarantine(DAY4) == ledger(f"""
        payout_results {payout_id("a", DAY2)} payout_already_final
        payout_results {payout_id("b", DAY2)} payout_amount_differs
    """)


def test_the_same_final_state_again_is_a_counted_duplicate(book: Book) -> None:
    # Day 3: a again. Day 4: a again; e "returned" again and "failed", which is what that was read as.
    assert book.duplicates(DAY3, "payout_results") == 1
    assert book.duplicates(DAY4, "payout_results") == 3
