"""What the second opinion says of claims of the chain that were touched and sealed anew (rules.md sections 8b and 11).

Holds: one day with a claim that takes all its order contributed, and one that is blocked.
Never holds: other tables (``test_tampering.py``). Neighbour: ``conftest.py`` has the forger.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from assets.foundation.store import Home
from assets.verification.home import verify_home
from tests.settlement.ledger import Book, rules
from tests.verification.conftest import Forger

DAY = date(2026, 11, 1)
FILE = f"settlements/{DAY}/claims.parquet"
TEXT = f"""
{DAY}
merchant S
member A
member B A
member C A
member D A
member E D
order A A S 300.00 10:00 P
order B B S 300.00 10:01 P
order C C S 300.00 10:02 P
order D D S 300.00 10:03 P
order E E S 300.00 10:04 P
"""


def test_claims_above_what_their_order_contributed_or_paid_though_blocked_are_named(tmp_path: Path) -> None:
    forger = Forger(Home(Book(tmp_path, rules(chain={"fund_fen": 5000}), TEXT).root))
    assert verify_home(forger.home).clean
    one = pl.col("claim_id")
    forger.table(DAY, "claims", one == "chain/D/direct", amount=pl.lit(5001), cap=pl.lit(5001))
    forger.table(DAY, "claims", one == "chain/B/direct", cap=pl.lit(2999))
    forger.table(DAY, "claims", one == "chain/E/team", received=pl.lit(1))
    found = [(fault.where, fault.what, fault.expected, fault.found) for fault in verify_home(forger.home).faults]
    assert {
        (FILE, "claims of order D", "at most 5000", "5001"),
        (FILE, "amount of claim chain/B/direct", "at most its cap 2999", "3000"),
        (FILE, "received of blocked claim chain/E/team", "0", "1"),
    } <= set(found)
