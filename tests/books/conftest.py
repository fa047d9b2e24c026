"""A settled home of three days whose ids are all that ids may be: small letters, Chinese, markup, backslashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, rules

# Printable, without quotes, commas, / | and ^. Some are what another would be if spelled carelessly.
PLAIN, SMALL, CHINESE, MARKUP, SPELLED = "M0001", "m0001", "张三", "<b>:a\\n;&[red]", "X--m0001"
SHOP, TEAHOUSE = "85123A", "茶-馆"
DAYS = f"""
2026-11-01
member {PLAIN}
account {PLAIN}
member {SMALL}
account {SMALL} alipay
member {CHINESE}
member {MARKUP}
account {MARKUP} alipay
member {SPELLED}
merchant {SHOP}
merchant {TEAHOUSE}
order O1 {MARKUP} {TEAHOUSE} 20.00
order O2 {SMALL} {SHOP} 10.00
order O3 {PLAIN} {SHOP} 1.00
order O4 {SPELLED} {SHOP} 1.00
2026-11-02
order O5 {CHINESE} {TEAHOUSE} 2469.14
refund R1 O1 5.00
2026-11-03
result {MARKUP}/2026-11-02 paid 15.00
refund R2 O1 15.00
refund R3 O2 10.00
order O6 {CHINESE} {SHOP} 0.01
"""
RULES = rules(points={}, queue={"pot_bp": 5000, "scope": "merchant"}, payout={"min_fen": 100})


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home; never changed by a test."""
    root = tmp_path_factory.mktemp("books") / "home"
    root.mkdir()
    Book(root, RULES, DAYS)
    return root
