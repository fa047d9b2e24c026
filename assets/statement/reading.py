"""Rows of sealed tables that concern one holder, over many days.

Holds: the look into each table by holder, so that a year of days costs what they say of him; which days are covered.
Never holds: sums and what must agree (``adding.py``).
Neighbour: ``returned.py`` finds the payouts that came back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.rules import Rules
from assets.foundation.store import Home, Seal
from assets.statement.holders import OWED, Holder

# One row for each reason of a movement: an order's reward, a payout, one that came back, a merchant's share.
DETAILS = pl.Schema({
    "date": pl.Date, "programme": pl.String, "cause": pl.String, "commodity": pl.String,
    "order_id": pl.String, "from_order_id": pl.String, "paid_depth": pl.Int64,
    "payout_id": pl.String, "channel": pl.String, "attempt": pl.Int64, "replaces": pl.String,
    "tax": pl.Int64, "net": pl.Int64,
    "orders": pl.Int64, "kept": pl.Int64,
    "amount": pl.Int64,
})  # fmt: skip
# Programmes to which every order of a merchant pays a part of what was kept, by the key of that part (rules.md
# section 3). Which orders paid to the others, or how much, no table of the day says.
_SHARES = {"queue": "pot_bp", "points": "pool_bp", "circular": "dividend_bp"}
_DAY_OF_FILE = r"(\d{4}-\d{2}-\d{2})[/\\][a-z]+\.parquet$"
CUT = {"programme": "payout", "cause": "cut", "commodity": "CNY"}
# As a day does them (rules.md section 1); a cause that is not named here comes after these.
STEPS = (
    "failed", "returned", "clawback", "redeem", "sale", "exit", "contribute", "income", "grant", "fund", "accelerate",
    "release", "expire", "collect", "cut",
)  # fmt: skip
_ONE_DAY = timedelta(days=1)


def covered(home: Home, first: date | None, last: date | None) -> tuple[list[date], Seal | None, Seal]:
    """The settled days from ``first`` to ``last`` (all, where these are not given), the seal of the day before them
    (None before the home's first) and that of the last.

    Raises Refused when no day is settled, for days that are not, and where a sealed folder between them is gone.
    """
    settled = home.settled_days()
    if not settled:
        raise Refused(f"{home.root}: no day is settled yet: there is nothing to state")
    first, last = first or settled[0], last or settled[-1]
    if first < settled[0] or last > settled[-1] or first > last:
        raise Refused(f"found {first} to {last}, allowed the settled days: {settled[0]} to {settled[-1]}")
    days = [first + _ONE_DAY * number for number in range((last - first).days + 1)]
    for day in days:
        if not home.is_settled(day):
            raise Refused(f"{home.settlement(day)}: the sealed folder of {day} is gone (settle verify says more)")
    begun, closed = home.seal(first), home.seal(last)
    before = home.seal(first - _ONE_DAY)
    if begun is None or closed is None or (before is None and begun.content.get("previous")):
        raise Refused(f"{home.settlement(first - _ONE_DAY)}: the sealed folder before {first} is gone")
    return days, before, closed


def require_known(home: Home, holder: Holder) -> None:
    """Raise Refused unless some export brought the member or merchant; of the state this reads that table alone."""
    from assets.sealed import sealed_state  # as long to import as most statements take; few ask the state

    head = home.seal(home.settled_days()[-1])
    if head is None:
        raise Refused(f"{home.root}: no day is settled yet")
    with sealed_state(home, head, f"{holder.kind}s") as engine:
        if holder.kind == "member":
            found = engine.query("select 1 from prior_members where member_id = $id limit 1", id=holder.id)
        else:
            found = engine.query("select 1 from prior_merchants where merchant_id = $id limit 1", id=holder.id)
    if not found:
        other = "; allowed a member that an export brought, or merchant/ID" if holder.kind == "member" else ""
        raise Refused(f"{holder.kind} {holder.id}: unknown up to {head.day}{other}")


def balances(home: Home, seal: Seal | None, holder: Holder) -> pl.DataFrame:
    """account, commodity and balance of the holder at a close; no row before the home's first day."""
    columns = {"account": pl.String(), "commodity": pl.String(), "balance": pl.Int64()}
    if seal is None:
        return pl.DataFrame(schema=columns)
    return rows_of_days(home, [seal.day], "balances", _own(holder), [pl.col(name) for name in columns]).drop("date")


def journal(home: Home, days: Sequence[date], holder: Holder) -> pl.DataFrame:
    """The journal's lines on the holder's accounts: date, programme, cause, account, commodity, ``amount`` (on the
    account's own side) and ``change`` (of what he has: a debt counts against it)."""
    parts = pl.col("txn_id").str.splitn("/", 3)
    change = pl.col("credit") - pl.col("debit")
    columns = [
        parts.struct.field("field_1").fill_null("").alias("programme"),
        parts.struct.field("field_2").fill_null("").alias("cause"),
        pl.col("account"),
        pl.col("commodity"),
        pl.when(pl.col("account").is_in(OWED)).then(0 - change).otherwise(change).alias("amount"),
        change.alias("change"),
    ]
    return rows_of_days(home, days, "entries", _own(holder), columns)


def rewards(home: Home, days: Sequence[date], holder: Holder) -> pl.DataFrame:
    """Why it moved, by order: DETAILS of the holder's rewards."""
    named = ("programme", "commodity", "order_id", "from_order_id", "paid_depth", "amount")
    columns = [*(pl.col(name) for name in named), pl.col("kind").alias("cause")]
    return _details(home, days, "rewards", pl.col("member_id") == holder.rewarded, columns)


def payouts(home: Home, days: Sequence[date], holder: Holder) -> pl.DataFrame:
    """DETAILS of the payouts that were cut for a member."""
    named = ("payout_id", "channel", "attempt", "replaces", "tax", "net")
    columns = [
        *(pl.lit(text).alias(name) for name, text in CUT.items()),
        *(pl.col(name) for name in named),
        (0 - pl.col("gross")).alias("amount"),
    ]
    return _details(home, days, "payouts", pl.col("member_id") == holder.id, columns)


def shares(home: Home, days: Sequence[date], holder: Holder, rules: Rules) -> pl.DataFrame:
    """DETAILS of what a merchant's orders of a day owe to each programme of which the tables tell it: one row, with
    how many they are and what was kept of them."""
    if not days:
        return pl.DataFrame(schema=DETAILS)
    columns = [pl.lit(1, pl.Int64).alias("orders"), pl.col("kept"), *(_share(rules, *one) for one in _SHARES.items())]
    sold = (pl.col("merchant_id") == holder.id) & (pl.col("member_id") != "")
    summed = rows_of_days(home, days, "orders", sold, columns, by_day=True)
    named = [pl.lit("contribute").alias("cause"), pl.lit("CNY").alias("commodity")]
    return pl.concat(
        as_details(summed.with_columns(*named, pl.lit(one).alias("programme"), amount=0 - pl.col(one)))
        for one in _SHARES
    )


def _share(rules: Rules, programme: str, key: str) -> pl.Expr:
    """What an order owes to a programme, named after it: by its own version, rounded down."""
    rates = {one.version: int(getattr(one.programme(programme), key)) for one in rules.versions}
    rate = pl.col("rule_version").replace_strict(rates, default=0, return_dtype=pl.Int128)
    return (pl.col("kept").cast(pl.Int128) * rate // 10_000).cast(pl.Int64).alias(programme)


def as_details(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with all columns of DETAILS; what it has not is null."""
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, kind).alias(name) for name, kind in DETAILS.items()
    )


def _details(home: Home, days: Sequence[date], table: str, kept: pl.Expr, columns: Sequence[pl.Expr]) -> pl.DataFrame:
    return as_details(rows_of_days(home, days, table, kept, columns)) if days else pl.DataFrame(schema=DETAILS)


def _own(holder: Holder) -> pl.Expr:
    return (pl.col("holder") == holder.id) & pl.col("account").str.starts_with(holder.accounts)


def rows_of_days(
    home: Home, days: Sequence[date], table: str, kept: pl.Expr, columns: Sequence[pl.Expr], *, by_day: bool = False
) -> pl.DataFrame:
    """Rows of a table of many days that fulfil a condition, with the ``date`` of the folder that each lies in; or the
    sums of all columns by day.

    Files are read one beside the other and filtered as they are decoded; row groups that cannot have such a row are
    not. Raises Refused where a file is gone or cannot be read.
    """
    paths = [home.settlement(day) / f"{table}.parquet" for day in days]
    for path in paths:
        if not path.is_file():
            raise Refused(f"{path} was sealed and is gone (settle verify says more)")
    day = pl.col("_file").str.extract(_DAY_OF_FILE).str.to_date("%Y-%m-%d").alias("date")
    try:
        scan = pl.scan_parquet(paths, glob=False, hive_partitioning=False, include_file_paths="_file")
        found = scan.filter(kept).select(day, *columns)
        return (found.group_by("date").agg(pl.all().sum()) if by_day else found).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise Refused(_unreadable(paths, fault)) from None


def _unreadable(paths: list[Path], fault: Exception) -> str:
    said = (str(fault).splitlines() or [type(fault).__name__])[0][:200]
    return f"{paths[0].name} of {paths[0].parent.name} to {paths[-1].parent.name}: {said} (settle verify says more)"
