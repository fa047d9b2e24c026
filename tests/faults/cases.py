"""The homes that are faulted: each with the days before settled, and a day of which everything is done.

Holds: the small home of the tests of the running, its first day, and the golden cases.
Never holds: expectations.
Neighbour: ``trying.py`` copies them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from assets.foundation.store import Home
from tests.pipelines.homes import D1, D3, write_home

_GOLDEN = Path(__file__).parents[1] / "cases"
_BEFORE = 5  # days of a golden case that are settled first
NAMES = ("small", "first", *sorted(path.name for path in _GOLDEN.iterdir() if path.is_dir()))


def write_case(name: str, folder: Path) -> tuple[Home, Sequence[date], date]:
    """Write a case to ``folder``: the home, the days that are to be settled first, the day that is faulted.

    ``small`` has refunds, redemptions, an exit, a failed payout, payouts, quarantine and segments that are merged;
    ``first`` is a home without any settled day.
    """
    if name in ("small", "first"):
        home, day = write_home(folder), D1 if name == "first" else D3
    else:
        folder.mkdir(parents=True)
        shutil.copytree(_GOLDEN / name / "exports", folder / "exports")
        shutil.copy(_GOLDEN / name / "rules.yaml", folder)
        home = Home(folder)
        day = home.export_days()[_BEFORE]
    return home, [one for one in home.export_days() if one < day], day
