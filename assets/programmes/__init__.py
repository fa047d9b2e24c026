"""The schemes, one module each. Adding one: its module, its folder of ``sql/``, its block of rules, a line here."""

from __future__ import annotations

from assets.day import Day
from assets.programmes.base import Programme
from assets.programmes.points import Points
from assets.programmes.queue import Queue
from assets.programmes.referral import Referral

# The order in which their reversals are listed (rules.md section 9).
PROGRAMMES: tuple[Programme, ...] = (Points(), Referral(), Queue())


def concerned(day: Day) -> tuple[Programme, ...]:
    """The schemes that a day has to do with."""
    return tuple(programme for programme in PROGRAMMES if programme.concerns(day))


__all__ = ["PROGRAMMES", "Programme", "concerned"]
