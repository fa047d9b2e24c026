"""Movements of any programme, of members and merchants alike, in every commodity: put into sealed tables by hand.

Holds: what a scheme that this page does not know may leave. Never holds: what the schemes themselves leave.
Neighbour: ``test_adding.py`` for homes that were settled.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from tests.pipelines.test_command_line import said
from tests.settlement.ledger import Book, version
from tests.statement.telling import accounts, book_by_hand, moves, put, reasons, stated

DAY = "2026-11-03"
BOOKED = """
    green    grant    merchant_green       S GREEN   20000 O1
    green    grant    member_green         A GREEN   20000 O1
    green    grant    member_wallet_labour A CNY      1000 O2
    green    release  merchant_vouchers    S VOUCHER   100 O1
    green    release  member_vouchers      A VOUCHER   100 O1
    green    income   merchant_receivable  S CNY       -30
    green    grant    merchant_receivable  S CNY       -10
    green    expire   merchant_green       S GREEN   -5000 O1
    green    clawback member_vouchers      A VOUCHER   -40 O1
    points   redeem   merchant_payable     S CNY        60
    points   redeem   merchant_payable     A CNY         9
    circular release  member_wallet_rebate A CNY       250 O3
    chain    fund     member_wallet_labour A CNY       700 O4
    points   sale     member_points        A POINT -123456 -
    points   grant    member_points        A POINT  200000 O3
    lottery  spin     member_vouchers      A VOUCHER     5 O5
"""


@pytest.fixture(scope="module")
def booked(settled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("by_hand") / "home"
    shutil.copytree(settled, root)
    book_by_hand(root, DAY, BOOKED)
    return root


@pytest.fixture
def root(booked: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(booked, tmp_path / "home")
    return tmp_path / "home"


def told(root: Path, *words: str) -> list[str]:
    done = said("statement", *words, "--home", root)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_a_merchant(root: Path) -> None:
    assert told(root, "merchant/S", "--from", DAY) == [
        "Statement of merchant S, 2026-11-03 to 2026-11-03",
        "Money, yuan:",
        "  opening  Owed by the merchant  0.00",
        "  opening  Owed to the merchant  0.00",
        "  2026-11-03  Vouchers: spent here by members  Owed to the merchant  +0.60  balance 0.60",
        "  2026-11-03  Green points: kept by the platform  Owed by the merchant  +0.30  balance 0.30",
        "  2026-11-03  Green points: to the member who brought you  Owed by the merchant  +0.10  balance 0.40",
        "  closing  Owed by the merchant  0.40",
        "  closing  Owed to the merchant  0.60",
        "Green points:",
        "  opening  Green points  0",
        "  2026-11-03  Green points: granted  Green points  +20,000  balance 20,000",
        "      order O1",
        "  2026-11-03  Green points: expired  Green points  -5,000  balance 15,000",
        "      order O1",
        "  closing  Green points  15,000",
        "Vouchers:",
        "  opening  Vouchers  0",
        "  2026-11-03  Green points: released  Vouchers  +100  balance 100",
        "      order O1",
        "  closing  Vouchers  100",
    ]


def test_a_member_in_every_commodity_and_nothing_of_a_merchant_of_his_name(root: Path) -> None:
    statement = stated(root, "A")
    assert accounts(statement) == [
        "member_wallet_rebate CNY 0 250 0 250",
        "member_wallet_labour CNY 0 1700 0 1700",
        "member_points POINT 0 200000 -123456 76544",
        "member_green GREEN 0 20000 0 20000",
        "member_vouchers VOUCHER 0 105 -40 65",
    ]
    assert moves(statement) == [
        f"{DAY} green grant member_wallet_labour 1000",
        f"{DAY} chain fund member_wallet_labour 700",
        f"{DAY} circular release member_wallet_rebate 250",
    ]
    assert reasons(statement, "VOUCHER") == [
        f"{DAY} green release O1 - 100",
        f"{DAY} green clawback O1 - -40",
        f"{DAY} lottery spin O5 - 5",
    ]
    lines = told(root, "A")
    assert "  2026-11-03  Green points: for a merchant whom you brought  Labour wallet  +10.00  balance 10.00" in lines
    assert "  2026-11-03  lottery: spin  Vouchers  +5  balance 65" in lines
    assert "  2026-11-03  Points: sold  Points  -123,456  balance -123,456" in lines


def test_a_merchants_reward_that_is_not_in_the_journal(root: Path) -> None:
    reward = {"programme": "green", "kind": "grant", "member_id": "merchant/S", "commodity": "GREEN", "amount": 7}
    put(root, DAY, "rewards", [reward])
    with pytest.raises(Refused, match="2026-11-03 green grant GREEN: expected 20000, found 20007"):
        stated(root, "merchant/S")


# --- units of points -------------------------------------------------------------------------------------------------

PRICED = {"enabled": True, "mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100}


def priced(start: str) -> dict[str, object]:
    """A version with priced points, and with nothing of the other mode."""
    one = version(start)
    return {**one, "points": PRICED}


def test_priced_points_have_four_decimals(root: Path) -> None:
    Book(root, [priced("2026-11-01")])
    lines = told(root, "A", "--from", DAY)
    assert "  2026-11-03  Points: sold  Points  -12.3456  balance -12.3456" in lines
    assert "  2026-11-03  Points: granted  Points  +20.0000  balance 7.6544" in lines
    assert lines[lines.index("Points:") + 1] == "  opening  Points  0.0000"


def test_a_programme_that_is_off_keeps_its_units(root: Path) -> None:
    Book(root, [priced("2026-11-01"), version("2026-11-03")])
    assert "  closing  Points  7.6544" in told(root, "A")


def test_units_that_change_within_the_days(root: Path) -> None:
    Book(root, [version("2026-11-01", points={}), priced("2026-11-03")])
    with pytest.raises(Refused) as refused:
        stated(root, "A")
    assert str(refused.value) == (
        "points are counted in other units from 2026-11-03 on: state the days before it and from it apart"
    )
    assert stated(root, "A", DAY).point_units == 10_000
    assert stated(root, "merchant/S").point_units == 1
