"""A statement as it is read: per commodity its accounts, and every movement with its parts, balances and reasons.

Holds: the grouping of rows; nothing is left out and nothing stands twice.
Never holds: layout.
Neighbour: ``adding.py`` made the frames; ``page.py`` and ``pipelines/statement.py`` lay sections out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.statement.adding import Statement
from assets.statement.holders import COMMODITIES
from assets.statement.wording import cause_of
from assets.wording import Words

Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What a movement did to an account, and what was in it afterwards; fen or units."""

    account: str
    amount: int
    balance: int


@dataclass(frozen=True)
class Movement:
    """One cause on one day. ``reasons``: rows of ``reading.DETAILS``, none where no table tells more."""

    day: date
    programme: str
    cause: str
    words: Words
    parts: list[Part]
    reasons: list[Row]


@dataclass(frozen=True)
class Section:
    """One commodity: rows of ``Statement.accounts`` and the movements between their openings and closings."""

    commodity: str
    accounts: list[Row]
    movements: list[Movement]


def sections(statement: Statement) -> list[Section]:
    """The commodities that the holder had or that moved, in the order of rules.md section 1."""
    found = set(statement.accounts["commodity"])
    order = [*(name for name in COMMODITIES if name in found), *sorted(found.difference(COMMODITIES))]
    return [_section(statement, commodity) for commodity in order]


def _section(statement: Statement, commodity: str) -> Section:
    own = statement.accounts["commodity"] == commodity
    accounts = statement.accounts.filter(own).to_dicts()
    balances = {row["account"]: row["opening"] for row in accounts}
    reasons: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in statement.details.filter(statement.details["commodity"] == commodity).iter_rows(named=True):
        reasons[row["date"], row["programme"], row["cause"]].append(row)
    moved: dict[tuple[Any, ...], Movement] = {}
    for row in statement.lines.filter(statement.lines["commodity"] == commodity).iter_rows(named=True):
        key = day, programme, cause = row["date"], row["programme"], row["cause"]
        if key not in moved:
            moved[key] = Movement(
                day,
                programme,
                cause,
                cause_of(statement.holder.kind, programme, cause, commodity),
                [],
                reasons.get(key, []),
            )
        balances[row["account"]] += row["amount"]
        moved[key].parts.append(Part(row["account"], row["amount"], balances[row["account"]]))
    return Section(commodity, accounts, list(moved.values()))
