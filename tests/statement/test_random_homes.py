"""Statements of everybody over many ranges of days, in random untidy homes: they add up, and their reasons are all
there, once.

Holds: the journal, rewards and payouts as read here, row by row, held against what a statement says of them.
Never holds: a figure. Neighbour: ``tests/reference/homes.py`` draws the homes.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.store import Home
from assets.statement.adding import Statement, draw
from assets.statement.holders import Holder
from assets.statement.sections import sections
from tests.reference.homes import random_home
from tests.settling import settle_all

Rows = dict[date, list[dict[str, Any]]]
OWED = ("member_debt", "merchant_receivable")


def raw(home: Home, days: list[date], table: str) -> Rows:
    return {day: pl.read_parquet(home.settlement(day) / f"{table}.parquet").to_dicts() for day in days}


def change_of(row: dict[str, Any]) -> int:
    return int(row["credit"] - row["debit"])


def everybody(entries: Rows) -> list[Holder]:
    """All members and merchants of whom an account moved."""
    found = {(row["account"].partition("_")[0], row["holder"]) for rows in entries.values() for row in rows}
    return [Holder(kind, who) for kind, who in sorted(found) if kind in ("member", "merchant")]  # type: ignore[arg-type]


def closing(balances: Rows, day: date | None, holder: Holder) -> dict[tuple[str, str], int]:
    rows = balances[day] if day else []
    return {
        (row["account"], row["commodity"]): row["balance"]
        for row in rows
        if row["holder"] == holder.id and row["account"].startswith(holder.accounts)
    }


def check_sums(statement: Statement, balances: Rows, before: date | None) -> None:
    """Openings and closings are the balances; the movements lie between them, one after the other."""
    opening = closing(balances, before, statement.holder)
    closes = closing(balances, statement.last, statement.holder)
    told = {(row["account"], row["commodity"]): row for row in statement.accounts.to_dicts()}
    assert opening.keys() | closes.keys() <= told.keys()
    for key, row in told.items():
        assert (row["opening"], row["closing"]) == (opening.get(key, 0), closes.get(key, 0))
    for section in sections(statement):
        at = {row["account"]: row["opening"] for row in section.accounts}
        for move in section.movements:
            assert statement.first <= move.day <= statement.last
            for part in move.parts:
                at[part.account] += part.amount
                assert part.balance == at[part.account]
        assert at == {row["account"]: row["closing"] for row in section.accounts}
        assert [move.day for move in section.movements] == sorted(move.day for move in section.movements)


def check_lines(statement: Statement, entries: Rows) -> None:
    """Every line of the journal is a part of one movement, and nothing else is."""
    own = Counter(
        (day, *row["txn_id"].split("/")[1:], row["account"], row["commodity"],
         -change_of(row) if row["account"] in OWED else change_of(row))
        for day, rows in entries.items() if statement.first <= day <= statement.last
        for row in rows
        if row["holder"] == statement.holder.id and row["account"].startswith(statement.holder.accounts)
    )  # fmt: skip
    told = Counter(
        (move.day, move.programme, move.cause, part.account, section.commodity, part.amount)
        for section in sections(statement) for move in section.movements for part in move.parts
    )  # fmt: skip
    assert told == own


def check_reasons(statement: Statement, rewards: Rows, payouts: Rows) -> None:
    """Every reward and payout stands there once; what stands at a movement sums to it, a debt counted against it."""
    holder = statement.holder
    days = [day for day in rewards if statement.first <= day <= statement.last]
    own = Counter(
        (day, row["programme"], row["kind"], row["commodity"], row["order_id"], row["from_order_id"], row["amount"])
        for day in days for row in rewards[day] if row["member_id"] == holder.rewarded
    )  # fmt: skip
    own += Counter(
        (day, "payout", "cut", "CNY", "", row["payout_id"], -row["gross"])
        for day in days for row in payouts[day] if holder.kind == "member" and row["member_id"] == holder.id
    )  # fmt: skip
    told: Counter[tuple[Any, ...]] = Counter()
    for section in sections(statement):
        for move in section.movements:
            sums = sum(-part.amount if part.account in OWED else part.amount for part in move.parts)
            if move.reasons or (sums and (move.programme, move.cause) != ("referral", "contribute")):
                assert sum(reason["amount"] for reason in move.reasons) == sums, move
            if move.cause in ("failed", "returned", "contribute"):
                continue
            told.update(
                (move.day, move.programme, move.cause, section.commodity, reason["order_id"] or "",
                 reason["from_order_id"] or reason["payout_id"] or "", reason["amount"])
                for reason in move.reasons
            )  # fmt: skip
    assert told == own


def check_returned(statements: list[Statement], payouts: Rows, entries: Rows) -> None:
    """Over all members, what came back is named to the last fen, and no payout twice."""
    known = {row["payout_id"]: row for rows in payouts.values() for row in rows}
    back = [
        row
        for one in statements
        for row in one.details.filter(pl.col("cause").is_in(["failed", "returned"])).to_dicts()
    ]
    assert len({row["payout_id"] for row in back}) == len(back)
    assert all(row["amount"] == known[row["payout_id"]]["gross"] for row in back)
    booked = sum(
        change_of(row)
        for rows in entries.values() for row in rows
        if row["account"].startswith("member_wallet_") and row["txn_id"].split("/")[2] in ("failed", "returned")
    )  # fmt: skip
    assert sum(row["amount"] for row in back) == booked > 0


@pytest.mark.parametrize(
    ("seed", "length", "orders"),
    [(13, 5, 8), pytest.param(2, 8, 12, marks=pytest.mark.slow), pytest.param(7, 8, 12, marks=pytest.mark.slow)],
)
def test_statements_of_everybody(tmp_path: Path, seed: int, length: int, orders: int) -> None:
    home = Home(random_home(seed, tmp_path / "home", days=length, orders_per_day=orders))
    days = settle_all(home.root)
    entries, rewards, payouts, balances = (
        raw(home, days, table) for table in ("entries", "rewards", "payouts", "balances")
    )
    earlier = {later: day for day, later in pairwise(days)}
    whole = []
    for holder in everybody(entries):
        for first, last in ((days[0], days[-1]), (days[2], days[-1]), (days[1], days[3]), (days[4], days[4])):
            statement = draw(home, holder, first, last)
            check_sums(statement, balances, earlier.get(first))
            check_lines(statement, entries)
            check_reasons(statement, rewards, payouts)
            if (first, last) == (days[0], days[-1]):
                whole.append(statement)
    check_returned(whole, payouts, entries)
