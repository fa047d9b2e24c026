"""A settled home for page and command: ids that would be markup, colours or pictures if anybody let them.

A and S are there, too, and nothing befalls them: ``test_by_hand.py`` sees to that.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, rules

# Printable, without quotes, commas, / | and ^: all of this is allowed in an id.
MEMBER, ORDER, SHOP = "<b>&amp;[red]", "<script>alert(1)</script>".replace("/", "\\"), "<img:star:>"
DAYS = f"""
2026-11-01
member {MEMBER}
account {MEMBER}
member Z
member A
merchant S
merchant {SHOP}
order {ORDER} {MEMBER} {SHOP} 20.00
2026-11-02
order OZ Z {SHOP} 2469.14
refund R1 {ORDER} 5.00
2026-11-03
refund R2 {ORDER} 15.00
"""


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home; never changed by a test."""
    root = tmp_path_factory.mktemp("statements") / "home"
    root.mkdir()
    Book(root, rules(points={}, queue={"pot_bp": 5000}, payout={"min_fen": 100}), DAYS)
    return root
