"""Taking back, debts and their collection (rules.md sections 9 and 10.2).

Holds: one home of five days. Never holds: what is taken back for which reason (``test_queue_changes.py``).
Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, rules

RULES = rules(
    queue={"pot_bp": 5000},
    referral={"n": 1, "ladder_bp": [10000], "reserve_bp": 5000},
    payout={"min_fen": 600},
)
DAYS = """
2026-11-01
member A
member B
member C
member D
member E
member F  B
member F2 A
account A
account B
account C
account D
merchant S
order OA  A S 20.00 09:00
order OB  B S 20.00 09:01
order OA2 A S 30.00 09:02
2026-11-02
2026-11-03
order OC C S 8.00
2026-11-04
refund RA OA 20.00
refund RB OB 15.00
order OD D S 10.00
2026-11-05
order OE E  S 40.00 09:00
order OF F  S 24.00 09:10
order OG F2 S 10.00 09:20
"""
DAY2, DAY3, DAY4, DAY5 = (f"2026-11-0{day}" for day in range(2, 6))
OWED = ("member_debt", "pool_due", "member_wallet_rebate", "member_wallet_labour", "pool_queue")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("debts"), RULES, DAYS)


def test_what_the_wallet_does_not_cover_is_a_debt(book: Book) -> None:
    # Day 2 paid out 2000 of A and 1500 of B (the pots of day 1: 3500); day 3 left 400 in B's wallet, below 600.
    assert book.payouts(DAY2) == ["A bank 2000 0 2000 1", "B bank 1500 0 1500 1"]
    assert book.balances(DAY3, *OWED) == ["member_wallet_rebate B 400"]
    # A returns all: 2000. B keeps 5.00 of 20.00 and had 1900: 1400, 400 of it still in his wallet.
    assert book.rewards(DAY4, "clawback") == ["queue clawback A OA - -2000 CNY", "queue clawback B OB - -1400 CNY"]
    # A's other ticket gets those 400 and the 500 of OD: 900, all collected at once.
    assert book.rewards(DAY4, "fund") == ["queue fund A OA2 - 400 CNY", "queue fund A OA2 OD 500 CNY"]
    assert book.balances(DAY4, *OWED) == ledger("""
        member_debt A 1100                    # 2000 - 900
        member_debt B 1000                    # 1400 - 400
        pool_due    pool_queue/platform 2100
        pool_queue  platform 900              # collected today: for tomorrow's tickets
    """)


def test_nobody_is_paid_while_he_owes(book: Book) -> None:
    assert not book.payouts(DAY4)


def test_collected_money_is_paid_out_first_the_next_day_and_names_no_order(book: Book) -> None:
    # 900, then OE 2000, OF 1200, OG 500, for needs of 2100 (OA2), 800 (OC) and 1000 (OD).
    assert book.rewards(DAY5, "queue") == ledger("""
        queue fund A OA2 -   900 CNY
        queue fund A OA2 OE 1200 CNY
        queue fund C OC  OE  800 CNY
        queue fund D OD  OF 1000 CNY
    """)


def test_debts_are_collected_from_any_class_rebate_first(book: Book) -> None:
    # A: rebate 2100, labour 500 (OG x 50 %): his 1100 are taken from the rebate. B: labour 1200 pays 1000.
    collected = book.table(DAY5, "entries", "txn_id account holder debit", "2026-11-05/queue/collect")
    assert [line.split(" ", 1)[1] for line in collected if "wallet" in line] == [
        "member_wallet_labour B 1000",
        "member_wallet_rebate A 1100",
    ]
    # 200 of OF and 500 of OG found no ticket; 1100 + 1000 were collected.
    assert book.balances(DAY5, *OWED) == ["member_wallet_labour B 200", "pool_queue platform 2800"]


def test_a_member_without_debt_is_paid_again(book: Book) -> None:
    assert book.payouts(DAY5) == ledger("""
        A bank 1500 0 1500 1   # 2100 - 1100 + 500
        C bank  800 0  800 1
        D bank 1000 0 1000 1
    """)
