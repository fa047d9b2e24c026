"""Changes of rules (rules.md sections 2, 3 and 5.2): what stands, what a reversal uses, what is refused.

Holds: a home whose three versions end with everything off, and days that are refused.
Never holds: faults of the rules file itself (``tests/foundation``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.foundation.errors import Refused
from tests.settlement.ledger import Book, ledger, rules, version

RULES = [
    version("2026-11-01", points={}, queue={}),
    version("2026-11-02", points={"grant_bp": 1000}, queue={"target_bp": 5000}, tax={"queue": "chance"}),
    version("2026-11-03"),
]
DAYS = """
2026-11-01
member A
member B
member C
merchant S
order OA A S 30.00 09:01
order OB B S 20.00 09:02
2026-11-02
refund RA OA  10.00
order  OC C S 100.00
2026-11-03
refund RZ OA  20.00
refund RC OC  50.00
exit   E1 OB
redeem X1 B 1400
order  OD A S 70.00
"""
DAY2, DAY3 = "2026-11-02", "2026-11-03"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("versions"), RULES, DAYS)


def test_a_new_version_changes_nothing_that_stands(book: Book) -> None:
    # OA keeps 20.00: 70 % of 10.00 go back, and its target is still 100 % of what it keeps. OC is 10 % and 50 %.
    # Pots: 600 + 400 of day 1, 2000 of OC; 2000 to OA, 1000 to OB.
    assert book.rewards(DAY2, "POINT") == ledger("""
        points clawback A OA - -700 POINT
        points grant    C OC - 1000 POINT
    """)
    assert book.table(DAY2, "tickets", "order_id received target status rule_version") == ledger("""
        OA 2000 2000 done    v2026-11-01
        OB 1000 2000 waiting v2026-11-01
        OC    0 5000 waiting v2026-11-02
    """)


def test_reversals_carry_the_version_of_what_they_reverse(book: Book) -> None:
    assert book.table(DAY2, "rewards", "kind order_id rule_version", "clawback") == ["clawback OA v2026-11-01"]
    assert book.table(DAY3, "rewards", "kind order_id commodity amount rule_version", "clawback") == ledger("""
        clawback OA CNY   -2000 v2026-11-01
        clawback OA POINT -1400 v2026-11-01
        clawback OC POINT  -500 v2026-11-02   # 10 % of 50.00
    """)


def test_a_programme_that_is_off_takes_nothing_new_and_keeps_what_it_owes(book: Book) -> None:
    # OD pays nothing and gets nothing. OB leaves with what is left: 1000 x 60 %. B redeems the points of OB.
    # The 2000 taken back from A go to C, whose ticket is of version 2: chance.
    assert not book.rewards(DAY3, "OD")
    assert book.rewards(DAY3, "B") == ledger("""
        points redeem B -  - -1400 POINT
        queue  exit   B OB -   600 VOUCHER
    """)
    assert book.rewards(DAY3, "fund") == ["queue fund C OC - 2000 CNY"]
    assert "member_wallet_chance C 2000" in book.balances(DAY3)
    assert book.tickets(DAY3, "OC") == ["platform 3 OC 1 C 2000 2500 0 waiting"]  # half of 50.00
    assert not book.balances(DAY3, "pool_queue")


def test_n_is_fixed_once_a_referral_exists(tmp_path: Path) -> None:
    two = {"n": 2, "ladder_bp": [1000, 9000]}
    versions = [
        version("2026-11-01", referral={}),
        version("2026-11-02", referral=two),
        version("2026-11-03", referral={}),
    ]
    trade = "2026-11-01\nmember S\nmember A S\nmerchant M\norder O1 S M 9.00\n2026-11-02\norder O2 A M 9.00"
    book = Book(tmp_path, versions, trade)  # nobody had referred anybody: 2 is as good as 3
    assert book.claims("2026-11-02") == ["referral/O2 S 0 - 301 90 90 paid"]
    with pytest.raises(Refused, match=r"referral\.n 3, but referrals exist .* with n 2"):
        book.settle("2026-11-03")


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ({"green": {"enabled": True}}, "green"),
        ({"chain": {"enabled": True, "released_by": "counsel", "n": 2, "packages": [
            {"product_id": "tea", "price_fen": 10000}], "fund_fen": 3000, "direct_agent_fen": 500, "team_fen": 500,
            "peer_bp": 0}}, "chain"),
        ({"points": {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100}}, "points.mode pool_priced"),
    ],
    ids=["green", "chain", "pool_priced"],
)  # fmt: skip
def test_what_is_not_built_is_refused_by_name(tmp_path: Path, block: dict[str, Any], named: str) -> None:
    classes = {"chain": "labour"}
    with pytest.raises(Refused, match=f"turns on {named}, which this version of Settle cannot settle"):
        Book(tmp_path, rules(**block, tax=classes), "2026-11-01\nmember A\nmerchant S\norder O A S 1.00")
    assert not (tmp_path / "settlements" / "2026-11-01").exists()
