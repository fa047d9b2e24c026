"""What is refused: ids that nothing or several things have, days that are not settled, figures that do not add up."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.explain.formulas import Formula, agreed, least, part, percent, plain
from assets.explain.naming import explain
from assets.explain.tree import Node, require_sums
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.wording import Words
from tests.settlement.ledger import payout_id

PAYOUT = payout_id("A", "2026-11-03")


@pytest.fixture
def root(settled: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(settled, tmp_path / "home")
    return tmp_path / "home"


def refusal(root: Path, named: str, day: date | None = None) -> str:
    with pytest.raises(Refused) as refused:
        explain(Home(root), named, day)
    return str(refused.value)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("A", "A is the id of several things, say which: member/A, order/A"),
        (
            "nobody",
            "found 'nobody', which nothing is called up to 2026-11-06; allowed KIND/ID with KIND one of payout,",
        ),
        ("member/nobody", "member nobody: unknown up to 2026-11-06"),
        ("order/", "found 'order/', which nothing is called"),
        ("wallet/A", "found 'wallet/A', which nothing is called"),
        ("ticket/platform", "allowed ticket/<queue>#<number>, as ticket/merchant/S#1 or ticket/platform#1"),
        ("ticket/platform#99", "ticket platform#99: unknown up to 2026-11-06"),
        ("ticket/platform#x", "ticket platform#x: unknown"),
        ("claim/referral/OC", "claim referral/OC: unknown up to 2026-11-06; allowed claim/referral/<order>"),
        ("lot/points/NO", "lot points/NO: unknown"),
        ("a\nb", "found"),
        ("", "found '', which nothing is called"),
    ],
)
def test_an_id_that_is_none(settled: Path, named: str, said: str) -> None:
    assert said in refusal(settled, named)
    assert "\n" not in refusal(settled, named)


def test_what_was_not_there_yet(settled: Path) -> None:
    assert refusal(settled, "order/OC", date(2026, 11, 2)) == "order OC: unknown up to 2026-11-02"
    assert "allowed the settled days: 2026-11-01 to 2026-11-06" in refusal(settled, "A", date(2026, 11, 7))


def test_a_home_without_a_settled_day(tmp_path: Path) -> None:
    assert "no day is settled yet" in refusal(tmp_path, "A")


def changed(root: Path, day: str, table: str, where: pl.Expr, amount: int) -> None:
    path = Home(root).settlement(date.fromisoformat(day)) / f"{table}.parquet"
    frame = pl.read_parquet(path)
    assert frame.filter(where).height == 1
    new = pl.when(where).then(pl.lit(amount, pl.Int64)).otherwise(pl.col("amount")).alias("amount")
    frame.with_columns(new).write_parquet(path)


def test_rewards_that_are_not_what_the_journal_says(root: Path) -> None:
    changed(root, "2026-11-03", "rewards", pl.col("from_order_id") == "OC", 1001)
    assert refusal(root, f"payout/{PAYOUT}").startswith(
        "member A, 2026-11-03 queue/fund: rewards of 1009 fen, the journal has 1008. Sealed days were changed"
    )
    assert refusal(root, "order/OC").startswith(
        "share queue/OC: its parts do not add up: expected 1000, found 1001. Sealed days were changed"
    )
    assert refusal(root, "ticket/platform#1").startswith("ticket platform#1: its parts do not add up: expected 3000,")


def test_a_claim_that_received_something_else(root: Path) -> None:
    changed(root, "2026-11-04", "rewards", pl.col("kind").eq("clawback") & pl.col("programme").eq("referral"), -149)
    assert refusal(root, "claim/referral/OB") == (
        "claim referral/OB: its parts do not add up: expected 50, found 51. Sealed days were changed: settle verify"
        " says more"
    )


def test_a_state_file_that_is_gone(root: Path) -> None:
    for path in (root / "settlements").rglob("payouts.parquet"):
        if path.parent.name == "state":
            path.unlink()
    assert "is part of the sealed state of 2026-11-06 and is gone" in refusal(root, f"payout/{PAYOUT}")


# --- the sums and formulas themselves --------------------------------------------------------------------------------


def node(amount: int | None, *children: Node, unit: str = "CNY") -> Node:
    return Node("kind", "id", Words("en", "zh"), amount, unit, children=children)


def test_every_amount_is_the_sum_of_its_parts() -> None:
    sound = node(5, node(2), node(None, node(9)), node(3, node(4), node(-1)))
    assert require_sums(sound) is sound
    assert require_sums(node(None, node(5), node(6, unit="POINT"))).amount is None
    with pytest.raises(Refused, match="kind id: its parts do not add up: expected 3, found 4"):
        require_sums(node(5, node(2), node(3, node(4))))
    with pytest.raises(Refused, match="expected 5, found 5"):
        require_sums(node(5, node(5, unit="POINT")))


def test_formulas_in_numbers() -> None:
    assert (percent(3334), percent(2000), percent(50), percent(10)) == ("33.34 %", "20 %", "0.5 %", "0.1 %")
    assert part(plain(3000), 2000) == Formula("⌊30.00 × 20 %⌋", 600)
    assert part(plain(999), 3334).said == "⌊9.99 × 33.34 %⌋ = 3.33"
    assert part(plain(999), 3334, up=True).said == "⌈9.99 × 33.34 %⌉ = 3.34"
    assert least(part(plain(999), 3334), plain(200)).said == "min(⌊9.99 × 33.34 %⌋ = 3.33, 2.00) = 2.00"
    assert least(plain(200)).said == "2.00"
    assert agreed("a share", plain(600), 600) == "6.00"
    with pytest.raises(Refused, match=r"a share: 6\.00 was expected, found 6\.01"):
        agreed("a share", plain(600), 601)
