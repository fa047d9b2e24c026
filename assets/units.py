"""What amounts are counted in, and how they are written: fen, whole units, points that have many units each.

Holds: the units of a point by the rules in force, amounts as text for people, exact.
Never holds: words; amounts for programs or channels.
Neighbour: whatever is printed or laid out writes its amounts with it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from assets.foundation.errors import Refused

if TYPE_CHECKING:
    from assets.foundation.rules import Rules

PRICED_UNITS = 10_000  # units of a pool-priced point (rules.md section 4.2)


def point_units(rules: Rules, days: list[date]) -> int:
    """Units of a point on these days, by the last version on or before each that had points on.

    Raises Refused where they change within the days: the mode changes only while nobody has points (rules.md
    section 4.1), so both parts can be stated.
    """
    starts = [one.effective_from for one in rules.versions if days[0] < one.effective_from <= days[-1]]
    units = [(start, _units_on(rules, start)) for start in (days[0], *starts)]
    for start, found in units:
        if found != units[0][1]:
            raise Refused(
                f"points are counted in other units from {start} on: state the days before it and from it apart"
            )
    return units[0][1]


def _units_on(rules: Rules, day: date) -> int:
    version = rules.last_enabled("points", day)
    return PRICED_UNITS if version and version.points.mode == "pool_priced" else 1


def decimals(commodity: str, point_units: int) -> int:
    """Decimals of an amount: money is yuan with two, points of many units have as many as these take, else none."""
    if commodity == "CNY":
        return 2
    return len(str(point_units)) - 1 if commodity == "POINT" else 0


def yuan(fen: int) -> str:
    """Fen as yuan text with thousands separators, exact."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def amount(commodity: str, units: int, point_units: int = 1) -> str:
    """Money as yuan with two decimals, points of many units with as many decimals as these take, else whole numbers."""
    if commodity == "CNY":
        return yuan(units)
    if commodity == "POINT" and point_units > 1:
        whole, rest = divmod(abs(units), point_units)
        return f"{'-' if units < 0 else ''}{whole:,}.{rest:0{decimals(commodity, point_units)}d}"
    return f"{units:,}"


def points(units: int) -> str:
    """Units of points with a price as points (rules.md section 4.2)."""
    return amount("POINT", units, PRICED_UNITS)


def price(millionths: int) -> str:
    """A price in millionths of a yuan as yuan text, exact."""
    return f"{millionths // 1_000_000:,}.{millionths % 1_000_000:06d}"
