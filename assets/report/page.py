"""report.html: the day as finance reads it, one page without anything from outside.

Holds: which figures stand on the page; the page itself is ``report.html.j2``.
Never holds: arithmetic of a scheme, figures that are not in a table of the day.
Neighbour: ``ledger.py`` made the figures, ``seal.py`` seals the page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from assets.day import Day
from assets.ledger import require_controls
from assets.programmes import concerned
from assets.steps import Facts

_LISTED = 1_000  # a page with more rows is no page; the rest stands in balances.parquet
_TEMPLATES = Path(__file__).resolve().parent
_REASONS = {
    "in_debt": "owes the shop first",
    "no_account": "no payout account",
    "account_held": "account held",
    "account_closed": "account closed",
    "below_minimum": "below the payout minimum",
    "tax_takes_all": "the tax that is due takes all of it",
    "channel_cannot_carry": "the channel cannot carry the account or name",
    "below_channel_minimum": "below the least that the channel pays",
    "over_maximum": "paid up to the payout maximum, the rest waits",
    "over_channel_limit": "paid up to the channel's limit for a payee, the rest waits",
}


def yuan(fen: int) -> str:
    """Fen as yuan text with thousands separators, exact."""
    sign, whole, cents = "-" if fen < 0 else "", abs(fen) // 100, abs(fen) % 100
    return f"{sign}{whole:,}.{cents:02d}"


def price(millionths: int) -> str:
    """A price in millionths of a yuan as yuan text, exact."""
    return f"{millionths // 1_000_000:,}.{millionths % 1_000_000:06d}"


def points(units: int) -> str:
    """Units of points with a price, 10 000 a point, as points with four decimals, exact (rules.md section 4.2)."""
    return f"{'-' if units < 0 else ''}{abs(units) // 10_000:,}.{abs(units) % 10_000:04d}"


def _table(day: Day, path: str) -> list[dict[str, Any]]:
    name = day.engine.run(path, **day.params)
    return day.frame(name, "1, 2, 3").to_dicts()


def _listed(day: Day, path: str) -> dict[str, Any]:
    """The first rows of a list that has one row a member, and how many more there are."""
    return _first(day, day.engine.run(path, **day.params))


def _first(day: Day, name: str) -> dict[str, Any]:
    frame = day.frame(name, "1, 2, 3")
    return {"rows": frame.head(_LISTED).to_dicts(), "more": max(0, frame.height - _LISTED)}


def _concerns(day: Day, name: str) -> bool:
    return any(programme.name == name for programme in concerned(day))


def _trees(day: Day) -> dict[str, Any]:
    """Heads and depth of every tree of the chain (rules.md section 8b)."""
    return _listed(day, "report/chain_trees") if _concerns(day, "chain") else {"rows": [], "more": 0}


def _quarantine(day: Day) -> list[dict[str, Any]]:
    import polars as pl

    rows = day.taken().quarantined
    grouped = rows.group_by("file", "reason").agg(pl.len().alias("rows"), pl.col("fen").sum())
    return grouped.sort("file", "reason").to_dicts()


def figures(day: Day) -> dict[str, Any]:
    """Everything on the page, by section."""
    totals = day.taken().totals
    return {
        "day": day.date,
        "version": day.version.version,
        "orders": day.total("qualified_sums", "orders"),
        "kept": day.total("qualified_sums", "kept"),
        "payouts": day.engine.count("payouts_cut"),
        "net": day.total("payouts_cut", "net"),
        "accepted_quarantine": day.accept_quarantine,
        "totals": [row for row in totals.sort("file").to_dicts() if row["rows_in"]],
        "controls": day.frame("controls", "name").to_dicts(),
        "priced": day.keys("points").points.mode == "pool_priced",
        "rewards": day.frame("rewards_by_kind", "1, 2, 3").to_dicts(),
        "pools": _listed(day, "report/pool_flows"),
        "channels": _table(day, "report/payouts_by_channel"),
        "unpaid": [
            {**row, "text": _REASONS.get(row["verdict"], row["verdict"])} for row in _table(day, "report/unpaid")
        ],
        "uncarried": _listed(day, "report/uncarried_payees"),
        "queues": _first(day, "queue_health"),
        "holdings": _table(day, "report/holdings"),
        "lots": day.frame("lots_by_programme", "programme").to_dicts(),
        "prices": _table(day, "report/point_price") if _concerns(day, "priced_points") else [],
        "periods": _table(day, "report/green_periods") if _concerns(day, "green") else [],
        "trees": _trees(day),
        "debtors": _listed(day, "report/debtors"),
        "below_zero": _listed(day, "report/below_zero"),
        "quarantine": _quarantine(day),
        "notes": day.taken().notes,
        "files": sorted(name for name in day.written if name.startswith(("payouts/", "quarantine/"))),
    }


@cache
def _template() -> jinja2.Template:
    """The page; made once, since days that follow one another have the same."""
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    pages = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    pages.filters["yuan"] = yuan
    pages.filters["points"] = points
    pages.filters["price"] = price
    return pages.get_template("report.html.j2")


def write_report(day: Day) -> Facts:
    """Write report.html: the day in a sentence, controls, money by programme, pools, payouts, quarantine."""
    require_controls(day)
    text = _template().render(figures(day))
    path = day.staging / "report.html"
    path.write_bytes(text.encode("utf-8"))
    day.wrote(path)
    return {"bytes": len(text.encode("utf-8"))}
