"""The books of settled days: accounts by their names, opening and closing, transactions day by day.

Holds: which sealed files are read, that they are those which were sealed, and that opening + movements = closing.
Never holds: a format's syntax; more than one day's journal at a time.
Neighbour: ``chart.py`` names the accounts; ``beancount.py`` and ``hledger.py`` write the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assets.books.chart import CHART, account_of, book_name
from assets.foundation.errors import Refused
from assets.foundation.store import Home, sha256_file
from assets.payouts.channels import read_rules
from assets.statement.reading import covered
from assets.units import point_units

_KEY = ["account", "holder", "commodity"]
_SHOWN = 5  # differences in a message
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Books:
    """Sealed days as books. Every amount is debit - credit, in fen or units, of which a point has ``point_units``.

    ``accounts``: account, holder, commodity, name, since (first day it is used), opening, closing; a control account
    has no holder. ``seal`` is the sha256 of the seal of the last day.
    """

    home: Home
    days: list[date]
    seal: str
    by_holder: bool
    point_units: int
    accounts: pl.DataFrame

    def names(self) -> pl.DataFrame:
        """Each name once, in order: since, account, holder, commodities (with commas between)."""
        listed = self.accounts.group_by("name", "account", "holder").agg(
            pl.col("since").min(), commodities=pl.col("commodity").sort().str.join(",")
        )
        return listed.sort("name")

    def transactions(self, day: date) -> pl.DataFrame:
        """The day's journal, a row for each side of an account: txn_id, memo, name, commodity, amount."""
        lines = _whose(_sealed(self.home, day, "entries"), by_holder=self.by_holder)
        sums = lines.group_by("txn_id", "memo", *_KEY).agg(pl.col("debit", "credit").sum()).collect()
        sides = pl.concat([
            sums.select("txn_id", "memo", *_KEY, side=pl.lit(0), amount="debit"),
            sums.select("txn_id", "memo", *_KEY, side=pl.lit(1), amount=0 - pl.col("credit")),
        ]).filter(pl.col("amount") != 0)  # fmt: skip
        named = sides.join(self.accounts.select(*_KEY, "name"), on=_KEY, how="left")
        ordered = named.sort("txn_id", "commodity", "side", "name")
        return ordered.select("txn_id", "memo", "name", "commodity", "amount")

    def closes(self, day: date) -> pl.DataFrame | None:
        """name, commodity and amount of all accounts at the close of a day that is stated: the last, and with control
        accounts the last of each month; None for any other day."""
        if day == self.days[-1]:
            found = self.accounts.with_columns(amount="closing")
        elif not self.by_holder and (day + _ONE_DAY).month != day.month:
            used = self.accounts.filter(pl.col("since") <= day)
            closed = _balances(self.home, day, by_holder=False)
            found = used.join(closed, on=_KEY, how="left").with_columns(pl.col("amount").fill_null(0))
        else:
            return None
        return found.select("name", "commodity", "amount").sort("name", "commodity")


def gather(home: Home, first: date | None, last: date | None, *, by_holder: bool) -> Books:
    """The books of settled days, all of them where ``first`` or ``last`` is not given.

    Raises Refused for days that are not settled, for files that are not as they were sealed, and with figures where
    opening and movements are not the closing balance.
    """
    days, before, closed = covered(home, first, last)
    lines = pl.concat([_whose(_sealed(home, day, "entries"), by_holder=by_holder) for day in days])
    moved = lines.group_by(_KEY).agg(
        since=pl.col("date").min(), change=(pl.col("debit") - pl.col("credit")).sum()
    ).collect(engine="streaming")  # fmt: skip
    opening = _balances(home, before.day, by_holder=by_holder) if before else _none()
    closing = _balances(home, closed.day, by_holder=by_holder)
    accounts = (
        opening.rename({"amount": "opening"})
        .join(moved, on=_KEY, how="full", coalesce=True)
        .join(closing.rename({"amount": "closing"}), on=_KEY, how="full", coalesce=True)
        .with_columns(pl.col("opening", "change", "closing").fill_null(0))
        .with_columns(since=pl.when(pl.col("opening") != 0).then(days[0]).otherwise(pl.col("since")))
        .sort(_KEY)
    )
    _require_sums(accounts, days)
    names = [book_name(account, holder) for account, holder in accounts.select("account", "holder").rows()]
    units = point_units(read_rules(home.rules_file), days) if "POINT" in accounts["commodity"] else 1
    named = accounts.with_columns(name=pl.Series(names, dtype=pl.String)).select(
        *_KEY, "name", "since", "opening", "closing"
    )
    return Books(home, days, closed.sha256, by_holder, units, named)


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(_KEY, pl.String), "amount": pl.Int64})


def _require_sums(accounts: pl.DataFrame, days: list[date]) -> None:
    expected = pl.col("opening") + pl.col("change")
    wrong = accounts.filter(expected != pl.col("closing")).with_columns(expected=expected)
    if wrong.is_empty():
        return
    told = "; ".join(
        f"{row['account']} {row['holder']} {row['commodity']}: expected {row['expected']}, found {row['closing']}"
        for row in wrong.head(_SHOWN).iter_rows(named=True)
    )
    more = f"; and {wrong.height - _SHOWN} more" if wrong.height > _SHOWN else ""
    raise Refused(
        f"opening and movements from {days[0]} to {days[-1]} are not the balance (debit less credit): {told}{more}"
    )


def _balances(home: Home, day: date, *, by_holder: bool) -> pl.DataFrame:
    """account, holder, commodity and amount at the close of a day."""
    found = _sealed(home, day, "balances").collect()
    for name in found["account"].unique():
        account_of(name)  # one that the chart has not has no side
    debit = pl.col("account").is_in([name for name, one in CHART.items() if one.debit])
    side = pl.when(debit).then(pl.col("balance")).otherwise(0 - pl.col("balance"))
    return _whose(found.lazy(), by_holder=by_holder).group_by(_KEY).agg(amount=side.sum()).collect()


def _whose(lines: pl.LazyFrame, *, by_holder: bool) -> pl.LazyFrame:
    return lines if by_holder else on_control_accounts(lines)


def on_control_accounts(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Lines of journal or balances without their holders; a channel's account is its own in any case."""
    own = pl.col("account").is_in([name for name, one in CHART.items() if one.holders == "channel"])
    return lines.with_columns(holder=pl.when(own).then(pl.col("holder")).otherwise(pl.lit("")))


def _sealed(home: Home, day: date, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(sealed_path(home, day, table), glob=False)


def sealed_path(home: Home, day: date, table: str) -> Path:
    """Where a table of a settled day lies; raises Refused when it is not the file that was sealed."""
    path, seal = home.settlement(day) / f"{table}.parquet", home.seal(day)
    listed = seal.content["outputs"].get(path.name, {}).get("sha256") if seal else None
    if not path.is_file() or sha256_file(path) != listed:
        raise Refused(f"{path}: not the file that was sealed (settle verify says more)")
    return path


def days_of(books: Books) -> Iterator[tuple[date, pl.DataFrame, pl.DataFrame | None]]:
    """Day by day: its date, its transactions, and what its accounts are at the close where that is stated."""
    for day in books.days:
        yield day, books.transactions(day), books.closes(day)
