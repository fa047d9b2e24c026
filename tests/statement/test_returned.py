"""Payouts that failed or came back, named on the day on which their money did.

Home: Z's orders bring a 10.00 on 2 and on 3 November, 2.00 of each withheld. The first payout fails on the 4th, when a
result for the second one is quarantined; the second one is paid on the 5th and comes back on the 6th, by an import,
when the one instead of the first fails too. The failure of the first is repeated every day.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.settlement.ledger import Book, payout_id, version
from tests.statement.telling import moves, reasons, stated

QUEUE = {"pot_bp": 5000}
PAID = {"tax": {"queue": "chance"}, "payout": {"min_fen": 100}}
RULES = [version("2026-11-01", queue={"pot_bp": 0}, **PAID), version("2026-11-02", queue=QUEUE, **PAID)]
DAYS = """
2026-11-01
merchant S
member a
account a
member Z
order Oa a S 30.00
2026-11-02
order OZ2 Z S 20.00
2026-11-03
order OZ3 Z S 20.00
2026-11-04
result a/2026-11-02 failed 8.00
result a/2026-11-03 failed 7.00
2026-11-05
result a/2026-11-03 paid   8.00
result a/2026-11-02 failed 8.00 15:00
"""
DAY2, DAY3, DAY4, DAY5, DAY6 = (f"2026-11-0{day}" for day in range(2, 7))
FIRST, SECOND = payout_id("a", DAY2), payout_id("a", DAY3)
AGAIN4, AGAIN6 = payout_id("a", DAY4), payout_id("a", DAY6)
NAMED = ("payout_id", "attempt", "replaces", "tax", "net", "amount")
WALLET = "member_wallet_chance"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = Book(tmp_path_factory.mktemp("returned"), RULES, DAYS)
    folder = book.root / "imports" / DAY6
    folder.mkdir(parents=True)
    (folder / "payout_results-0.csv").write_text(
        "payout_id,status,amount,reason,at\n"
        f"{SECOND},returned,8.00,,{DAY6}T09:00:00\n{FIRST},failed,8.00,,{DAY6}T10:00:00\n",
        encoding="utf-8",
    )
    book.settle(f"{DAY6}\nresult a/{DAY2} returned 8.00\nresult a/{DAY4} failed 8.00")
    return book


def test_each_payout_and_the_one_instead_of_it(book: Book) -> None:
    statement = stated(book.root, "a", DAY3)
    assert moves(statement) == [
        f"{DAY3} queue fund {WALLET} 1000",
        f"{DAY3} payout cut {WALLET} -1000",
        f"{DAY4} payout failed {WALLET} 1000",
        f"{DAY4} payout cut {WALLET} -1000",
        f"{DAY6} payout failed {WALLET} 1000",
        f"{DAY6} payout returned {WALLET} 1000",
        f"{DAY6} payout cut {WALLET} -2000",
    ]
    assert [line for line in reasons(statement, "CNY", *NAMED) if "payout" in line] == [
        f"{DAY3} payout cut {SECOND} 1 - 200 800 -1000",
        f"{DAY4} payout failed {FIRST} 1 - 200 800 1000",
        f"{DAY4} payout cut {AGAIN4} 2 {FIRST} 200 800 -1000",
        f"{DAY6} payout returned {SECOND} 1 - 200 800 1000",
        f"{DAY6} payout failed {AGAIN4} 2 - 200 800 1000",
        f"{DAY6} payout cut {AGAIN6} 3 {SECOND} {AGAIN4} 400 1600 -2000",
    ]


def test_a_repeated_result_of_an_earlier_one_is_not_taken_for_another(book: Book) -> None:
    found = reasons(stated(book.root, "a", DAY6, DAY6), "CNY", "payout_id", "amount")
    assert found == [
        f"{DAY6} payout returned {SECOND} 1000",
        f"{DAY6} payout failed {AGAIN4} 1000",
        f"{DAY6} payout cut {AGAIN6} -2000",
    ]


def test_results_that_do_not_lie_there_any_more(book: Book, tmp_path: Path) -> None:
    shutil.copytree(book.root, tmp_path / "home")
    shutil.rmtree(tmp_path / "home" / "imports")
    statement = stated(tmp_path / "home", "a", DAY5)
    assert [line.split()[2] for line in moves(statement)] == ["failed", "returned", "cut"]
    assert [line.split()[2] for line in reasons(statement)] == ["failed", "cut"]
