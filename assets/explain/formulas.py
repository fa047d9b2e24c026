"""Formulas in numbers: the text of a calculation, and its value.

Holds: floors and ceilings of rates, least of several, the test that a value is what was booked.
Never holds: which rate applies (``shares.py``, ``claims.py`` …).
Neighbour: ``shares.py``. Money in fen, rates in basis points (rules.md section 1).
"""

from __future__ import annotations

from typing import NamedTuple

from assets.foundation.errors import Refused
from assets.units import yuan

_BP = 10_000


class Formula(NamedTuple):
    """A calculation as it is written down, without its value, and the value."""

    text: str
    value: int

    @property
    def said(self) -> str:
        """The calculation with its value in yuan."""
        value = yuan(self.value)
        return self.text if self.text.rpartition("→ ")[2] == value else f"{self.text} = {value}"


def percent(bp: int) -> str:
    """Basis points as per cent, exact: 3334 is 33.34 %."""
    whole, rest = divmod(bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + " %" if rest else f"{whole} %"


def plain(fen: int) -> Formula:
    """An amount as it is."""
    return Formula(yuan(fen), fen)


def part(of: Formula, bp: int, *, up: bool = False) -> Formula:
    """That part of an amount, rounded down, or ``up``."""
    exact = of.value * bp
    left, right = ("⌈", "⌉") if up else ("⌊", "⌋")
    return Formula(f"{left}{of.text} × {percent(bp)}{right}", -(-exact // _BP) if up else exact // _BP)


def least(*terms: Formula) -> Formula:
    """The smallest of several, each with its value; one alone is itself."""
    if len(terms) == 1:
        return terms[0]
    return Formula(f"min({', '.join(term.said for term in terms)})", min(term.value for term in terms))


def agreed(what: str, formula: Formula, booked: int) -> str:
    """The formula with its value, if that is what was booked; else raise Refused with both figures."""
    if formula.value != booked:
        raise Refused(
            f"{what}: {formula.said} was expected, found {yuan(booked)}. Sealed days were changed: settle verify says"
            " more"
        )
    return formula.said
