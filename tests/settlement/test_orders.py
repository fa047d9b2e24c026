"""Orders and their contributions (rules.md sections 2 and 3): when they qualify, what is kept, in which sequence.

Holds: one home of four days. Never holds: what a programme makes of an order. Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.foundation.errors import RulesError
from tests.settlement.ledger import Book, ledger, rules, version

# Two days of freeze for what is exported on the first two days, none from the third on.
RULES = [
    version("2026-11-01", freeze_days=2, queue={"target_bp": 0}, referral={}),
    version("2026-11-03", freeze_days=0, queue={"target_bp": 0}, referral={}),
]
DAYS = """
2026-11-01
member A
member B A
merchant S
order  EARLY  A S 10.00 2026-10-20T10:00:00
order  FREEZE A S 20.00
order  PART   A S 30.00 11:00
order  GONE   A S  5.00 12:00
order  GUEST  - S  7.00
2026-11-02
order  LATE   A S  8.00 2026-10-31T10:00:00
order  OLDER  A S  9.00 2026-10-25T10:00:00
refund R1 PART 5.00
2026-11-03
refund R2 PART 5.00
refund R3 GONE 5.00
order  NEW A S 4.00 00:30
order  é   A S 1.00 2026-11-02T09:00:00
order  a   A S 1.00 2026-11-02T09:00:00
order  B   A S 1.00 2026-11-02T09:00:00
order  9   A S 1.00 2026-11-02T09:00:00
order  10  A S 1.00 2026-11-02T09:00:00
line   SUM 1 A S 10.00 3 1.50
line   SUM 2 A S  0.05 7
2026-11-04
refund R4 PART   1.00
refund R6 FREEZE 12.00 12:00
refund R5 FREEZE 12.00 12:00
refund R7 FREEZE  8.00 13:00
merchant T
order  ODD B T 9.99
order  GUEST0 - T 7.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("orders"), RULES, DAYS)


def test_an_order_qualifies_when_its_freeze_is_over_and_not_before_its_export(book: Book) -> None:
    assert book.orders("2026-11-01") == ledger("1 EARLY A 1000  # 20 October + 2 days < 1 November, the export")
    assert book.orders("2026-11-02") == ledger("""
        1 OLDER A 900   # 27 October < 2 November, the export
        2 LATE  A 800   # 31 October + 2 days = 2 November
    """)


def test_sequence_is_completed_at_then_the_bytes_of_the_id(book: Book) -> None:
    assert book.orders("2026-11-03") == ledger("""
        1 FREEZE A 2000   # 1 November + 2 days, the freeze of its export day, not today's 0
        2 PART   A 2000   # 30.00 - 5.00 before and - 5.00 on the day it qualifies
        3 10     A 100    # 0x31
        4 9      A 100    # 0x39
        5 B      A 100    # 0x42
        6 a      A 100    # 0x61
        7 é      A 100    # 0xc3
        8 NEW    A 400    # 3 November 00:30
        9 SUM    A 2885   # 3 x 10.00 - 1.50 + 7 x 0.05
    """)


def test_the_version_of_the_day_it_qualifies_governs_an_order(book: Book) -> None:
    assert book.table("2026-11-03", "orders", "order_id rule_version", "FREEZE") == ["FREEZE v2026-11-03"]


def test_what_was_refunded_whole_and_what_a_guest_bought_never_qualifies(book: Book) -> None:
    listed = [line for day in (1, 2, 3, 4) for line in book.orders(f"2026-11-0{day}")]
    assert not [line for line in listed if "GONE" in line or "GUEST" in line]
    # The guest's 7.00 is in the control totals all the same: 10.00 + 20.00 + 30.00 + 5.00 + 7.00.
    assert book.table("2026-11-01", "controls", "name expected found", "orders 7200") == [
        "5 control total orders fen 7200 7200"
    ]


def test_refunds_are_taken_in_order_while_they_fit_the_total(book: Book) -> None:
    # 12.00 of 20.00 (R5 before R6: same time, smaller id); R6 would make 24.00; R7 makes exactly 20.00.
    assert book.quarantine("2026-11-04") == ["refunds R6 refund_exceeds_order"]


def test_shares_are_floors_and_the_reserve_of_a_referral_is_rounded_up(book: Book) -> None:
    # queue: 999 x 20 % = 199.8 -> 199; referral: 999 x 33.34 % = 333.07 -> 334
    assert "merchant_receivable T 533" in book.balances("2026-11-04")
    # 334 less the first step, 999 x 10 % = 99.9 -> 99
    assert book.balances("2026-11-04", "pool_referral") == ["pool_referral platform 235"]
    # 200 (EARLY) + 180 + 160 (day 2) + 400 + 400 + 5 x 20 + 80 + 577 (day 3) + 199; no refund gives any of it back.
    assert book.balances("2026-11-04", "pool_queue") == ["pool_queue platform 2296"]


def test_shares_above_the_margin_are_refused_with_the_sum(tmp_path: Path) -> None:
    # 7000 x 20 % + 3334 + 2000 + 6000 x 20 % = 1400 + 3334 + 2000 + 1200 = 7934
    dear = {"points": {"cost_bp": 2000}, "referral": {}, "queue": {"exit_cost_bp": 2000}}
    trade = "2026-11-01\nmember A\nmerchant S\norder O A S 1.00"
    with pytest.raises(RulesError, match=r"= 7934 bp, allowed at most margin_bp 7933"):
        Book(tmp_path, rules(margin_bp=7933, **dear), trade)
    (tmp_path / "enough").mkdir()
    assert Book(tmp_path / "enough", rules(margin_bp=7934, **dear), trade).orders("2026-11-01") == ["1 O A 100"]
