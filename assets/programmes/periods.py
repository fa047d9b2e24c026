"""The periods of green points and what a lot has a right to at the end of one (rules.md section 7).

Holds: when a period ends and by how much it grew; the release index summed up, as a rate per lot, in whole numbers of
any size: it grows by every period and passes what engines count in.
Never holds: lots or money; there are few periods and versions, and only these are looped over.
Neighbour: ``green.py`` keeps the periods and hands the rates to ``sql/green/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assets.foundation.rules import Green

_UNIT = 10**12  # the index of the period in which a lot was made
WHOLE = 10**16  # a rate of so much is a right to as much as the lot is


@dataclass(frozen=True)
class Period:
    """One row of the state table ``periods``.

    ``inflow``: contributions since the last end, fen; ``base``: what it must grow against (B of the rules), fen;
    ``growth``: bp, known when it ends; ``due`` and ``released`` at its end, vouchers.
    """

    period: int
    started_on: date
    ended_on: date | None = None
    inflow: int = 0
    base: int = 0
    growth: int = 0
    due: int = 0
    released: int = 0

    def took_in(self, amount: int) -> Period:
        """The period with today's contributions."""
        return replace(self, inflow=self.inflow + amount)

    def growth_on(self, day: date, keys: Green) -> int | None:
        """By how much the index grows if the period ends at the close of ``day``, in bp; None if it goes on."""
        if self.inflow > 0 and self.inflow * 10_000 >= keys.growth_bp * self.base:
            return keys.growth_bp
        if (day - self.started_on).days + 1 < keys.period_days:
            return None
        return min(keys.growth_bp, self.inflow * 10_000 // self.base) if self.base else 0

    def ended(self, day: date, growth: int, *, due: int, released: int) -> Period:
        """The period as it is kept once it ended."""
        return replace(self, ended_on=day, growth=growth, due=due, released=released)

    def following(self, day: date, held: int) -> Period:
        """The period after this one, which ended on ``day`` and left ``held`` fen in the pool."""
        return Period(self.period + 1, day + timedelta(days=1), base=max(held, self.due))


def rate(keys: Green, growths: Mapping[int, int], entry: int, upto: int) -> int:
    """What a lot made in period ``entry`` has a right to at the end of period ``upto``, in 1/10^16 of the lot.

    ``growths`` maps the periods after ``entry`` to their growth in bp. 0 before the entry period has ended.
    """
    if upto < entry:
        return 0
    most = keys.exit_multiple * WHOLE
    index = total = _UNIT
    for period in range(entry + 1, upto + 1):
        if keys.first_release_bp * total >= most:
            break
        index = index * (10_000 + growths[period]) // 10_000
        total += index
    return min(keys.first_release_bp * total, most)


def ends(keys: Green, reached: int, entry: int, upto: int) -> bool:
    """Whether a lot of that entry period with that rate ends with period ``upto``."""
    return reached == keys.exit_multiple * WHOLE or upto - entry + 1 >= keys.max_periods


def entries_living(keys: Green, upto: int) -> range:
    """The entry periods whose lots may live when period ``upto`` ends: older ones ended by their number of periods."""
    return range(max(1, upto - keys.max_periods + 1), upto + 1)
