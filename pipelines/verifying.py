"""`settle verify`: what the second opinion found, a line per kind of check.

Holds: the wording and the progress line.
Never holds: a check (``assets/verification/``).
Neighbour: ``cli.py``; ``assets/verification/home.py`` makes the outcome.
"""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

from rich.console import Console

from assets.foundation.store import Home
from assets.units import yuan
from assets.verification.findings import KINDS, SEAL_KINDS, Tally, Verification
from assets.verification.home import verify_home
from pipelines.terminal import open_to_others


def verify_and_show(console: Console, home: Home, day: date | None) -> Verification:
    """Verify ``home`` up to ``day`` (its newest settled day without one), print every kind of check, return it all."""
    if console.is_terminal:
        with console.status("verifying") as status:
            outcome = verify_home(
                home, upto=day, only=day, progress=lambda at, n, of: status.update(f"verifying {at} ({n} of {of})")
            )
    else:
        outcome = verify_home(home, upto=day, only=day)
    if wide := open_to_others(home):
        outcome.notes.append(f"open to others: {wide}")
    for line in _lines(outcome, day):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return outcome


def _lines(outcome: Verification, day: date | None) -> list[str]:
    span = f"{outcome.first} to {outcome.last}" if outcome.first else "no settled day"
    lines = [f"seals, files and journals of {span}; controls of {day or 'every day'}"]
    width = max(len(name) for name in KINDS)
    for kind, meaning in KINDS.items():
        faults, tally = outcome.of_kind(kind), outcome.tallies[kind]
        # A check that ended early found nothing wrong in what it saw: that is no tick.
        unfinished = not tally.days or (outcome.stopped and kind not in SEAL_KINDS)
        mark = "✗" if faults else "–" if unfinished else "✓"
        lines.append(f"{mark} {kind:<{width}}  {meaning}: {_looked_at(tally)}")
        if faults:
            first = faults[0]
            lines.append(f"    first of {len(faults)}: {first.where}: {first.what}")
            lines.append(f"        expected {first.expected}")
            lines.append(f"        found    {first.found}")
    if outcome.pruned:
        days = {PurePosixPath(file).parent for file in outcome.pruned}
        lines.append(f"{len(outcome.pruned)} state files of {len(days)} days were pruned and cannot be looked at")
    lines += [f"note: {note}" for note in outcome.notes]
    if outcome.stopped:
        lines.append(f"controls of content ended early: {outcome.stopped}")
    looked = f"{outcome.tallies['chain'].days:,} days, {outcome.tallies['tables'].rows:,} rows"
    looked += f", {outcome.tallies['entries'].fen:,} fen posted{f' on {day}' if day else ''}"
    verdict = "verified: nothing at fault" if outcome.clean else f"not verified: {len(outcome.faults)} faults"
    return [*lines, f"{verdict} in {looked}"]


def _looked_at(tally: Tally) -> str:
    parts = [f"{tally.days:,} days"] + [
        f"{number:,} {unit}" for number, unit in ((tally.files, "files"), (tally.rows, "rows")) if number
    ]
    return ", ".join([*parts, *([f"{yuan(tally.fen)} yuan"] if tally.fen else [])])
