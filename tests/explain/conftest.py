"""A settled home whose trees can be reckoned by hand; what tests of trees share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, rules

DAYS = """
2026-11-01
member  A
member  B A
member  C
member  D B
member  F
member  G
member  H G
member  E F
account A
account G bank held
merchant S
order   OA A S 30.00
2026-11-02
order   OB B S 20.00
2026-11-03
result  A/2026-11-02 failed 12.00
order   OC C S 50.00
order   OD B S 0.40 11:00
2026-11-04
refund  R1 OB 15.00
2026-11-05
order   X D S 10.00
order   A C S 1.00 11:00
2026-11-06
order   OE E S 1.00
order   OF F S 9.00 12:00
order   OG G S 6.00 13:00
order   OH H S 6.00 14:00
"""


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home; never changed by a test."""
    root = tmp_path_factory.mktemp("explained") / "home"
    root.mkdir()
    needs = {"need_buy": True, "min_order_fen": 50, "base": "min"}
    Book(root, rules(points={}, referral=needs, queue={"min_order_fen": 50}, payout={"min_fen": 100}), DAYS)
    return root
