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

# How a run that meets a fault is made, and how often: most of them at the desk, which is what changes the home.
_WAYS = {"desk": 16, "cli": 3, "program": 1}


def kills_within(point: Point) -> list[Fault]:
    """The ways to be killed in or after a call that leave something else than before the next one."""
    how = "torn" if point.call in LENGTHENED else "after" if point.call == "rename" else ""
    return [Fault(point, how)] if how else []


def all_faults(points: Sequence[Point], seed: int) -> list[tuple[Fault, str]]:
    """A kill before every point, then all kills within one, then at every point an error that the seed chooses, once
    or from there on; each with the way in which it is run."""
    choice = random.Random(seed)
    faults = [Fault(point, "before") for point in points]
    faults += [fault for point in points for fault in kills_within(point)]
    faults += [Fault(point, choice.choice(ERRORS), choice.random() < 0.5) for point in points]
    return list(zip(faults, choice.choices(list(_WAYS), list(_WAYS.values()), k=len(faults)), strict=True))


def sample(points: Sequence[Point], seed: int, size: int) -> list[tuple[Fault, str]]:
    """Some of all faults. Half of them lie where a day becomes a settled one, as far as there are so many."""
    faults, choice = all_faults(points, seed), random.Random(seed)
    late = [one for one in faults if not one[0].point.path.startswith(".staging/")]
    early = [one for one in faults if one[0].point.path.startswith(".staging/")]
    chosen = choice.sample(late, min(len(late), size // 2))
    return chosen + choice.sample(early, min(len(early), size - len(chosen)))
