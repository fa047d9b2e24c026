"""What tests of statements share: statements as short lines of text, and rows put into sealed tables by hand.

Holds: the reading of a statement, the writing of rows.
Never holds: an expected figure. Neighbour: ``tests/settlement/ledger.py`` settles the homes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.store import Home
from assets.statement.adding import Statement, draw
from assets.statement.holders import holder_of


def stated(root: Path, named: str, first: str = "", last: str = "") -> Statement:
    """The statement of a holder; days as text."""
    days = (date.fromisoformat(day) if day else None for day in (first, last))
    return draw(Home(root), holder_of(named), *days)


def accounts(statement: Statement) -> list[str]:
    """``account commodity opening in out closing``"""
    return [" ".join(map(str, row)) for row in statement.accounts.rows()]


def moves(statement: Statement, commodity: str = "CNY") -> list[str]:
    """``date programme cause account amount``, in the order in which they are told"""
    columns = ("date", "programme", "cause", "account", "amount")
    rows = statement.lines.filter(pl.col("commodity") == commodity).select(columns).rows()
    return [" ".join(map(str, row)) for row in rows]


def reasons(statement: Statement, commodity: str = "CNY", *columns: str) -> list[str]:
    """``date programme cause`` and the columns asked for (by default order, from_order, amount), "-" for empty"""
    asked = columns or ("order_id", "from_order_id", "amount")
    rows = (
        statement.details.filter(pl.col("commodity") == commodity).select("date", "programme", "cause", *asked).rows()
    )
    return [" ".join("-" if value in (None, "") else str(value) for value in row) for row in rows]


def put(root: Path, day: str, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows to a sealed table; columns that a row lacks are empty or 0."""
    path = Home(root).settlement(date.fromisoformat(day)) / f"{table}.parquet"
    frame = pl.read_parquet(path)
    empty = {name: 0 if kind == pl.Int64 else "" for name, kind in frame.schema.items()}
    added = pl.DataFrame([{**empty, **row} for row in rows], schema=frame.schema)
    pl.concat([frame, added]).write_parquet(path)


def book_by_hand(root: Path, day: str, lines: str) -> None:
    """Enter movements that no scheme made: ``programme cause account holder commodity amount [order]`` a line.

    Journal, balances and, with an order (or - for none), rewards get them; the seal is not asked.
    """
    found = [line.split() for line in lines.splitlines() if line.strip()]
    at = date.fromisoformat(day)
    put(root, day, "entries", [
        {"txn_id": f"{day}/{programme}/{cause}", "date": at, "account": account, "holder": holder,
         "commodity": commodity, "credit": max(0, int(amount)), "debit": max(0, -int(amount))}
        for programme, cause, account, holder, commodity, amount, *_ in found
    ])  # fmt: skip
    put(root, day, "rewards", [
        {"programme": programme, "kind": cause, "commodity": commodity, "amount": int(amount),
         "order_id": order[0].replace("-", ""),
         "member_id": f"merchant/{holder}" if account.startswith("merchant_") else holder}
        for programme, cause, account, holder, commodity, amount, *order in found if order
    ])  # fmt: skip
    sums: dict[tuple[str, str, str], int] = {}
    for _, _, account, holder, commodity, amount, *_ in found:
        sums[account, holder, commodity] = sums.get((account, holder, commodity), 0) + int(amount)
    put(root, day, "balances", [
        {"account": account, "holder": holder, "commodity": commodity,
         "balance": -total if account == "merchant_receivable" else total}
        for (account, holder, commodity), total in sums.items()
    ])  # fmt: skip
