"""Payouts (rules.md section 10.3): who is paid, in which order of classes, what a failed one does to the next.

Holds: one home of six days in which one member has money of all three classes.
Never holds: the labour tables (``test_tax.py``), the judging of results (``test_results.py``).
Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.settlement.ledger import Book, ledger, payout_id, version

ALL = {"referral": {"n": 1, "ladder_bp": [10000], "reserve_bp": 5000}}
QUEUE = {"scope": "merchant", "pot_bp": 5000}
RULES = [
    version("2026-11-01", **ALL, queue={**QUEUE, "pot_bp": 0}),
    version("2026-11-02", **ALL, queue=QUEUE, tax={"queue": "chance"}),
    version("2026-11-04", **ALL, queue=QUEUE, tax={"queue": "chance"}, payout={"min_fen": 1000, "max_fen": 5000}),
]
DAYS = """
2026-11-01
merchant S
merchant T
merchant U
merchant V
merchant W
merchant X
member A
member B
member D
member E A
member F
member G
member H
member I
member J
account A
account F
account G bank closed
account G wire active
account H bank held
account I bank closed
order TA A S 100.00
order FV F V  50.00
order GW G W  50.00
order HX H X  10.00 09:01
order IX I X  10.00 09:02
order JX J X  10.00 09:03
2026-11-02
order TB A T 10.00
order BS B S 40.00
order BV B V 19.98
order BW B W 20.00
order BX B X 60.00
2026-11-03
order DT D T 30.00
order EU E U 80.00
2026-11-04
2026-11-05
account H bank active
result  A/2026-11-04 failed 48.00
2026-11-06
"""
DAY3, DAY4, DAY5, DAY6 = (f"2026-11-0{day}" for day in range(3, 7))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("payouts"), RULES, DAYS)


def _wallets(book: Book, day: str, member: str) -> list[str]:
    return [line for line in book.balances(day) if line.startswith("member_wallet") and f" {member} " in line]


def test_a_ticket_pays_into_the_class_of_its_own_version(book: Book) -> None:
    # TA of day 1 is rebate: half of BS; TB of day 2 is chance: its own 500 of day 2, 500 of DT; labour: half of EU
    assert _wallets(book, DAY3, "A") == ledger("""
        member_wallet_rebate A 2000
        member_wallet_chance A 1000
        member_wallet_labour A 4000
    """)


def test_the_minimum_and_the_account_decide_who_is_paid(book: Book) -> None:
    # F has 9.99, below the minimum; G's newest account row is active; H is held, I closed, J has no account.
    assert book.payouts(DAY4) == ledger("""
        A bank 5000 200 4800 1
        G wire 1000   0 1000 1
    """)
    assert _wallets(book, DAY4, "F") == ["member_wallet_rebate F 999"]
    assert [_wallets(book, DAY6, member) for member in "IJ"] == [
        ["member_wallet_rebate I 1000"],
        ["member_wallet_rebate J 1000"],
    ]
    assert book.payouts(DAY5, "H") == ["H bank 1000 0 1000 1"]  # active from day 5 on


def test_the_limit_fills_rebate_then_chance_then_labour(book: Book) -> None:
    # 50.00 of 70.00: rebate 20.00, chance 10.00 (20 % tax: 2.00), labour 20.00 (below 800.00: no tax)
    assert _wallets(book, DAY4, "A") == ["member_wallet_labour A 2000"]
    assert book.balances(DAY4, "tax_withheld", "payout_in_transit") == ledger("""
        tax_withheld      platform 200
        payout_in_transit bank    4800
        payout_in_transit wire    1000
    """)


def test_the_payout_id_is_the_hash_of_day_and_member(book: Book) -> None:
    digest = base64.b32encode(hashlib.sha256(b"2026-11-04|A").digest()).decode()
    assert book.table(DAY4, "payouts", "payout_id", f"P20261104{digest[:15]}") == [f"P20261104{digest[:15]}"]


def test_a_failed_payout_returns_to_its_wallets_and_is_replaced_by_the_next_cut(book: Book) -> None:
    # Again rebate 2000, chance 1000, labour 4000 in the wallets, so 5000 are cut as before.
    assert book.payouts(DAY5, "A") == ["A bank 5000 200 4800 2"]
    assert book.table(DAY5, "payouts", "member_id replaces", "A") == [f"A {payout_id('A', DAY4)}"]
    # The rest is a payout of its own: the cut of day 5 was the answer to the failure.
    assert book.payouts(DAY6) == ["A bank 2000 0 2000 1"]
    assert book.table(DAY6, "payouts", "replaces") == ["-"]
