"""Which faults are tried: all of them, or a sample; one seed always gives the same ones.

Holds: what can happen at a point, and the choice.
Never holds: a run.
Neighbour: ``trying.py`` tries them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.faults.calls import LENGTHENED
from tests.faults.tracer import ERRORS, Fault, Point

_REAL = 10  # one of so many faults meets a program of its own instead of a fork of a warm process


def kills(point: Point) -> list[Fault]:
    """The ways to be killed at a point: before the call, and where it says more than the next point, in or after it."""
    ways = ["before"]
    if point.call in LENGTHENED:
        ways.append("torn")
    if point.call == "rename":
        ways.append("after")
    return [Fault(point, how) for how in ways]


def all_faults(points: Sequence[Point], seed: int) -> list[tuple[Fault, bool]]:
    """Every kill at every point, and at every point an error that the seed chooses, once or from there on."""
    choice = random.Random(seed)
    faults = [fault for point in points for fault in kills(point)]
    faults += [Fault(point, choice.choice(ERRORS), choice.random() < 0.5) for point in points]
    return [(fault, choice.randrange(_REAL) == 0) for fault in faults]


def sample(points: Sequence[Point], seed: int, size: int) -> list[tuple[Fault, bool]]:
    """Some of all faults. Half of them lie where a day becomes a settled one, as far as there are so many."""
    faults, choice = all_faults(points, seed), random.Random(seed)
    late = [one for one in faults if not one[0].point.path.startswith(".staging/")]
    early = [one for one in faults if one[0].point.path.startswith(".staging/")]
    chosen = choice.sample(late, min(len(late), size // 2))
    return chosen + choice.sample(early, min(len(early), size - len(chosen)))
