"""The statement itself: opening + movements = closing in every account, and the reasons of every movement.

Holds: which rows are asked for, what must agree, the order in which things are told.
Never holds: wording, a page.
Neighbour: ``reading.py`` and ``returned.py`` read; ``wording.py`` and ``page.py`` say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.rules import Rules
from assets.foundation.store import Home
from assets.payouts.channels import read_rules
from assets.statement.holders import ACCOUNTS, COMMODITIES, Holder
from assets.statement.reading import (
    CUT,
    STEPS,
    balances,
    covered,
    journal,
    payouts,
    require_known,
    rewards,
    shares,
)
from assets.statement.returned import BACK, came_back
from assets.units import point_units

_MOVE = ["date", "programme", "cause", "commodity"]
_SHOWN = 5  # differences in a message


@dataclass(frozen=True)
class Statement:
    """What a holder had at the close before ``first``, what moved, what he has at the close of ``last``.

    ``accounts``: account, commodity, opening, came_in, went_out, closing, on the account's own side (a debt grows by
    what comes in). ``lines``: date, programme, cause, account, commodity, amount. ``details``: why, by order or payout
    (``reading.DETAILS``). Money in fen, all else in units, of which a point has ``point_units``. ``seal`` is the
    sha256 of the seal of ``last``.
    """

    holder: Holder
    first: date
    last: date
    seal: str
    point_units: int
    accounts: pl.DataFrame
    lines: pl.DataFrame
    details: pl.DataFrame


def draw(home: Home, holder: Holder, first: date | None = None, last: date | None = None) -> Statement:
    """The statement of a holder over settled days, all of them where ``first`` or ``last`` is not given.

    Raises Refused for a holder that no export brought, for days that are not settled, and with figures where the
    sealed tables do not add up.
    """
    days, before, closed = covered(home, first, last)
    lines = journal(home, days, holder).sort(*_order("cause", STEPS), "programme", *_order("account", ACCOUNTS))
    lines = lines.sort("date", maintain_order=True)
    opening, closing = balances(home, before, holder), balances(home, closed, holder)
    accounts = _add_up(opening, lines, closing, holder, days)
    if accounts.is_empty():
        require_known(home, holder)
    rules = read_rules(home.rules_file)
    details = _reasons(home, days, lines, holder, rules)
    units = point_units(rules, days) if "POINT" in accounts["commodity"] else 1
    return Statement(holder, days[0], days[-1], closed.sha256, units, accounts, lines.drop("change"), details)


def _order(column: str, named: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    """By the place in a list; what is not in it after that, by name."""
    places = {name: place for place, name in enumerate(named)}
    return pl.col(column).replace_strict(places, default=len(named), return_dtype=pl.Int64), pl.col(column)


def _add_up(
    opening: pl.DataFrame, lines: pl.DataFrame, closing: pl.DataFrame, holder: Holder, days: list[date]
) -> pl.DataFrame:
    """The accounts with their sums; raises Refused where one does not add up."""
    amount, key = pl.col("amount"), ["account", "commodity"]
    moved = lines.group_by(key).agg(came_in=amount.filter(amount > 0).sum(), went_out=amount.filter(amount < 0).sum())
    listed = (
        opening.rename({"balance": "opening"})
        .join(closing.rename({"balance": "closing"}), on=key, how="full", coalesce=True)
        .join(moved, on=key, how="full", coalesce=True)
        .with_columns(pl.col("opening", "closing", "came_in", "went_out").fill_null(0))
        .with_columns(expected=pl.col("opening") + pl.col("came_in") + pl.col("went_out"))
        .sort(*_order("commodity", COMMODITIES), *_order("account", ACCOUNTS))
    )
    wrong = listed.filter(pl.col("expected") != pl.col("closing"))
    _require_none(
        wrong.select(name="account", expected="expected", found="closing"),
        f"{holder.kind} {holder.id}: opening and movements from {days[0]} to {days[-1]} are not the balance",
    )
    return listed.select(*key, "opening", "came_in", "went_out", "closing")


def _reasons(home: Home, days: list[date], lines: pl.DataFrame, holder: Holder, rules: Rules) -> pl.DataFrame:
    """DETAILS of all movements, in the order in which they are told.

    Raises Refused where rewards or payouts are not what the journal says. What came back and merchants' shares are
    told where they can be known and agree with it.
    """
    paid = pl.col("programme") == "payout"
    cut = paid & (pl.col("cause") == CUT["cause"])
    owed = (pl.col("commodity") == "CNY") & (holder.kind == "merchant")  # merchants are rewarded in units alone
    listed = [
        rewards(home, _days_of(lines.filter(~paid & ~owed)), holder),
        payouts(home, _days_of(lines.filter(cut)), holder),
    ]
    booked = lines.group_by(_MOVE).agg(pl.col("change").sum())
    _require_booked(booked.filter((cut | ~paid) & ~owed), pl.concat(listed), holder)
    known = [
        came_back(home, _days_of(lines.filter(paid & pl.col("cause").is_in(BACK))), _before(home, days), holder),
        shares(home, _days_of(lines.filter(owed & (pl.col("cause") == "contribute"))), holder, rules),
    ]
    agreed = pl.concat(known).group_by(_MOVE).agg(change=pl.col("amount").sum()).join(booked, on=[*_MOVE, "change"])
    reasons = pl.concat([*listed, *(one.join(agreed, on=_MOVE, how="semi") for one in known)])
    return reasons.sort("date", "order_id", "from_order_id", "payout_id", nulls_last=True)


def _days_of(lines: pl.DataFrame) -> list[date]:
    return lines["date"].unique().sort().to_list()


def _before(home: Home, days: list[date]) -> list[date]:
    return [day for day in home.settled_days() if day < days[0]]


def _require_booked(booked: pl.DataFrame, listed: pl.DataFrame, holder: Holder) -> None:
    """Per day, programme, cause and commodity the reasons are what the journal says; a debt counts against the rest."""
    sums = listed.group_by(_MOVE).agg(pl.col("amount").sum())
    both = booked.join(sums, on=_MOVE, how="full", coalesce=True).with_columns(pl.col("change", "amount").fill_null(0))
    wrong = both.filter(pl.col("change") != pl.col("amount")).sort(_MOVE)
    _require_none(
        wrong.select(
            name=pl.concat_str(pl.col("date").cast(pl.String), "programme", "cause", "commodity", separator=" "),
            expected="change", found="amount",
        ),
        f"{holder.kind} {holder.id}: rewards or payouts are not what the journal says",
    )  # fmt: skip


def _require_none(wrong: pl.DataFrame, what: str) -> None:
    if wrong.is_empty():
        return
    rows = wrong.head(_SHOWN).iter_rows(named=True)
    told = "; ".join(f"{row['name']}: expected {row['expected']}, found {row['found']}" for row in rows)
    more = f"; and {wrong.height - _SHOWN} more" if wrong.height > _SHOWN else ""
    raise Refused(f"{what}: {told}{more}. Sealed days were changed: settle verify says more")
