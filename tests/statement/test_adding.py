"""Statements of small homes, to the fen: what was there, what moved and why, what is there; and what is refused.

Home: OA and OB are paid back on 2 November, and returned on the 4th, when both have the money already; A's debt is
partly paid from what OA2 gets on that day.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.errors import Refused
from tests.settlement.ledger import Book, payout_id, rules
from tests.statement.telling import accounts, moves, put, reasons, stated

RULES = rules(points={}, queue={"pot_bp": 5000}, payout={"min_fen": 600})
DAYS = """
2026-11-01
member A
member B
member C
member D
account A
account B
account C
account D
merchant S
merchant T
order OA  A S 20.00 09:00
order OB  B S 20.00 09:01
order OA2 A S 30.00 09:02
2026-11-02
2026-11-03
order OC C S 8.00
redeem X1 A 300
redeem X2 A 200
2026-11-04
refund RA OA 20.00
refund RB OB 15.00
order OD D S 10.00
2026-11-05
"""
DAY1, DAY2, DAY3, DAY4, DAY5 = (f"2026-11-0{day}" for day in range(1, 6))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("statements"), RULES, DAYS)


@pytest.fixture
def home(book: Book, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(book.root, tmp_path / "home")
    return tmp_path / "home"


# --- what adds up ----------------------------------------------------------------------------------------------------


def test_wallet_and_debt(book: Book) -> None:
    statement = stated(book.root, "A")
    assert accounts(statement) == [
        "member_wallet_rebate CNY 0 3800 -3800 0",
        "member_debt CNY 0 2000 -1800 200",
        "member_points POINT 0 3500 -1900 1600",
    ]
    assert moves(statement) == [
        f"{DAY2} queue fund member_wallet_rebate 2000",
        f"{DAY2} payout cut member_wallet_rebate -2000",
        f"{DAY4} queue clawback member_debt 2000",
        f"{DAY4} queue fund member_wallet_rebate 900",
        f"{DAY4} queue collect member_wallet_rebate -900",
        f"{DAY4} queue collect member_debt -900",
        f"{DAY5} queue fund member_wallet_rebate 900",
        f"{DAY5} queue collect member_wallet_rebate -900",
        f"{DAY5} queue collect member_debt -900",
    ]
    # The 400 that came back from B's wallet name no order, nor what was collected the day before.
    assert reasons(statement) == [
        f"{DAY2} queue fund OA OA 1000",
        f"{DAY2} queue fund OA OB 1000",
        f"{DAY2} payout cut - - -2000",
        f"{DAY4} queue clawback OA - -2000",
        f"{DAY4} queue fund OA2 - 400",
        f"{DAY4} queue fund OA2 OD 500",
        f"{DAY5} queue fund OA2 - 900",
    ]
    cut = f"{DAY2} payout cut {payout_id('A', DAY2)} bank 1 0 2000"
    assert cut in reasons(statement, "CNY", "payout_id", "channel", "attempt", "tax", "net")


def test_points(book: Book) -> None:
    statement = stated(book.root, "member/A")
    assert moves(statement, "POINT") == [
        f"{DAY1} points grant member_points 3500",
        f"{DAY3} points redeem member_points -500",
        f"{DAY4} points clawback member_points -1400",
    ]
    # Redemptions of a day are one row of rewards.
    assert reasons(statement, "POINT") == [
        f"{DAY1} points grant OA - 1400",
        f"{DAY1} points grant OA2 - 2100",
        f"{DAY3} points redeem - - -500",
        f"{DAY4} points clawback OA - -1400",
    ]


def test_from_a_day_on_and_up_to_a_day(book: Book) -> None:
    assert accounts(stated(book.root, "B", DAY4, DAY4)) == [
        "member_wallet_rebate CNY 400 0 -400 0",
        "member_debt CNY 0 1000 0 1000",
        "member_points POINT 1400 0 -1050 350",
    ]
    assert moves(stated(book.root, "B", DAY4)) == [
        f"{DAY4} queue clawback member_wallet_rebate -400",
        f"{DAY4} queue clawback member_debt 1000",
    ]
    assert reasons(stated(book.root, "B", DAY4)) == [f"{DAY4} queue clawback OB - -1400"]
    assert accounts(stated(book.root, "B", "", DAY3))[0] == "member_wallet_rebate CNY 0 1900 -1500 400"


def test_a_day_on_which_nothing_moved(book: Book) -> None:
    statement = stated(book.root, "B", DAY5, DAY5)
    assert accounts(statement) == ["member_debt CNY 1000 0 0 1000", "member_points POINT 350 0 0 350"]
    assert statement.lines.is_empty() and statement.details.is_empty()


def test_a_merchant_owes_the_shares_of_his_orders(book: Book) -> None:
    statement = stated(book.root, "merchant/S")
    assert accounts(statement) == ["merchant_receivable CNY 0 4400 0 4400"]
    assert reasons(statement, "CNY", "orders", "kept", "amount") == [
        f"{DAY1} queue contribute 3 7000 -3500",
        f"{DAY3} queue contribute 1 800 -400",
        f"{DAY4} queue contribute 1 1000 -500",
    ]


def test_shares_that_the_rules_do_not_give_are_told_without_their_orders(home: Path) -> None:
    path = home / "settlements" / DAY3 / "orders.parquet"
    pl.read_parquet(path).with_columns(kept=pl.col("kept") + 2).write_parquet(path)
    statement = stated(home, "merchant/S")
    assert len(moves(statement)) == 3
    assert [line.split()[0] for line in reasons(statement)] == [DAY1, DAY4]


def test_a_holder_whom_nothing_befell(book: Book) -> None:
    for named in ("merchant/T", "D"):
        statement = stated(book.root, named, "", DAY2)
        assert (accounts(statement), moves(statement), reasons(statement)) == ([], [], [])


# --- what does not ---------------------------------------------------------------------------------------------------


def change(home: Path, day: str, table: str, where: pl.Expr, **values: pl.Expr | int) -> None:
    path = home / "settlements" / day / f"{table}.parquet"
    frame = pl.read_parquet(path)
    assert frame.filter(where).height == 1
    told = [pl.when(where).then(value).otherwise(pl.col(name)).alias(name) for name, value in values.items()]
    frame.with_columns(told).write_parquet(path)


TOLD = "Sealed days were changed: settle verify says more"


def test_a_balance_that_does_not_follow(home: Path) -> None:
    own = (pl.col("holder") == "A") & (pl.col("account") == "member_debt")
    change(home, DAY5, "balances", own, balance=199)
    with pytest.raises(Refused) as refused:
        stated(home, "A")
    assert str(refused.value) == (
        f"member A: opening and movements from {DAY1} to {DAY5} are not the balance: member_debt: expected 200, found"
        f" 199. {TOLD}"
    )
    assert accounts(stated(home, "A", "", DAY4))[1] == "member_debt CNY 0 2000 -900 1100"


def test_a_line_of_the_journal_that_is_another(home: Path) -> None:
    own = (pl.col("holder") == "A") & (pl.col("txn_id") == f"{DAY3}/points/redeem")
    change(home, DAY3, "entries", own, debit=501)
    with pytest.raises(Refused, match="member_points: expected 1599, found 1600"):
        stated(home, "A")


def test_a_balance_out_of_nothing(home: Path) -> None:
    put(home, DAY5, "balances", [{"account": "member_green", "holder": "A", "commodity": "GREEN", "balance": 7}])
    with pytest.raises(Refused, match="member_green: expected 0, found 7"):
        stated(home, "A")


def test_rewards_that_are_not_what_the_journal_says(home: Path) -> None:
    own = (pl.col("order_id") == "OA2") & (pl.col("from_order_id") == "OD")
    change(home, DAY4, "rewards", own, amount=501)
    with pytest.raises(Refused) as refused:
        stated(home, "A")
    assert str(refused.value) == (
        f"member A: rewards or payouts are not what the journal says: {DAY4} queue fund CNY: expected 900, found 901."
        f" {TOLD}"
    )


def test_a_reward_without_a_line_in_the_journal(home: Path) -> None:
    reward = {"programme": "queue", "kind": "exit", "member_id": "A", "commodity": "VOUCHER", "amount": 5}
    put(home, DAY4, "rewards", [reward])
    with pytest.raises(Refused, match="2026-11-04 queue exit VOUCHER: expected 0, found 5"):
        stated(home, "A")


def test_a_payout_that_is_another(home: Path) -> None:
    change(home, DAY2, "payouts", pl.col("member_id") == "A", gross=1999)
    with pytest.raises(Refused, match="2026-11-02 payout cut CNY: expected -2000, found -1999"):
        stated(home, "A")


@pytest.mark.parametrize("table", ["entries", "rewards", "payouts", "balances"])
def test_tables_that_are_gone_or_broken(home: Path, table: str) -> None:
    day = DAY5 if table == "balances" else DAY2
    path = home / "settlements" / day / f"{table}.parquet"
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(Refused, match=rf"^{table}\.parquet of 2026-11-0\d to 2026-11-0\d: .*settle verify says more"):
        stated(home, "A")
    path.unlink()
    with pytest.raises(Refused, match=rf"{day}/{table}\.parquet was sealed and is gone"):
        stated(home, "A")


def test_days_that_are_gone(home: Path) -> None:
    shutil.rmtree(home / "settlements" / DAY3)
    with pytest.raises(Refused, match=f"the sealed folder of {DAY3} is gone"):
        stated(home, "A")
    with pytest.raises(Refused, match=f"the sealed folder before {DAY4} is gone"):
        stated(home, "A", DAY4)
    assert accounts(stated(home, "A", "", DAY2))


# --- who and when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nobody", "member nobody: unknown up to 2026-11-05; allowed a member that an export brought, or merchant/ID"),
        ("S", "member S: unknown up to 2026-11-05; allowed a member that an export brought, or merchant/ID"),
        ("merchant/A", "merchant A: unknown up to 2026-11-05"),
        ("platform", "found 'platform', allowed the id of a member, or merchant/ID"),
        ("merchant/platform", "found 'merchant/platform', allowed the id of a member, or merchant/ID"),
        ("shop/S", "found 'shop/S', allowed the id of a member, or merchant/ID"),
        ("", "found '', allowed the id of a member, or merchant/ID"),
        ("A\x1b[2J", r"found 'A\x1b[2J', allowed the id of a member, or merchant/ID"),
    ],
)
def test_holders_that_are_none(book: Book, named: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        stated(book.root, named)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [("2026-10-31", "", f"2026-10-31 to {DAY5}"), ("", "2026-11-06", f"{DAY1} to 2026-11-06"),
     ("2026-12-01", "", f"2026-12-01 to {DAY5}"), ("", "2025-01-01", f"{DAY1} to 2025-01-01")],
)  # fmt: skip
def test_days_that_are_not_settled(book: Book, first: str, last: str, found: str) -> None:
    with pytest.raises(Refused) as refused:
        stated(book.root, "A", first, last)
    assert str(refused.value) == f"found {found}, allowed the settled days: {DAY1} to {DAY5}"


def test_before_the_first_day(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no day is settled yet: there is nothing to state"):
        stated(tmp_path, "A")
