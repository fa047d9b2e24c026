"""Members with more lots and orders than are looked up at first: what is read of them is enough (rules.md 4.1, 5.2).

Holds: one home of three days, in which the oldest lots and the youngest orders run out at once.
Never holds: what a look-up is (``tests/foundation/test_index.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, ledger, rules

MANY = range(1, 13)
DAYS = "\n".join([
    "2026-11-01", "merchant M", "member A", "member I A",
    *(f"order A{n} A M {n * 10}.00 10:{n:02}" for n in MANY),
    "2026-11-02",
    *(f"refund R{n} A{n} {n * 10}.00" for n in MANY if n > 3),
    "order I1 I M 100.00",
    "2026-11-03", "redeem X A 1000",
])  # fmt: skip


def make(folder: Path) -> Book:
    """The home of this ledger, settled."""
    return Book(folder, rules(points={}, referral={"base": "referrer"}, queue={"pot_bp": 0}), DAYS)


@pytest.fixture(scope="module", params=[1, 8, 100])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Looked at one row at first, at eight, at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.day._FIRST", request.param)
        return make(tmp_path_factory.mktemp("lives"))


def test_what_sinks_is_taken_from_lot_after_lot(book: Book) -> None:
    # 54,600 were granted and 50,400 go back: the eight oldest lots hold 25,200 of it.
    closed = [f"points/A{n} A {n * 700} 0 closed" for n in MANY if n < 12]
    assert sorted(book.lots("2026-11-02", "A")) == sorted([*closed, "points/A12 A 8400 4200 live"])
    assert book.lots("2026-11-03", "A") == ["points/A12 A 8400 3200 live"]


def test_the_base_is_the_youngest_order_that_is_still_live(book: Book) -> None:
    # The nine youngest came back today; a tenth of the 30.00 of A3.
    assert book.table("2026-11-02", "claims", "claim_id base_order_id amount") == ledger("""
        referral/I1 A3 300
    """)
