"""What a home may look like after a fault: the day before settled, or the day settled whole, and nothing between.

Holds: the comparison of two homes by names, rights and hashes, and the one function that says what may differ.
Never holds: faults, runs.
Neighbour: ``trying.py`` asks it after every run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

Snapshot = Mapping[str, str]  # path relative to the home -> rights and, of a file, sha256; folders end in "/"

_ELSEWHERE = (".dagster", ".staging")  # the history of the UI, and a day in the making
# The record of hashes and what it is written as: it may be deleted at any time, so that it may be anything.
_HELPERS = (".seen.json", ".seen.json.new")


def may_differ(name: str) -> bool:
    """Whether a path of the home says nothing about what is settled."""
    return name.split("/", 1)[0] in (*_ELSEWHERE, *_HELPERS)


def may_come_late(name: str, day: date) -> bool:
    """Whether a path may be missing of a settled day whose process was killed; the next run must bring it.

    The register of issued payouts is written when the day is published: a process can die between the two.
    """
    return name in ("issued/", f"issued/{day}.csv")


def snapshot(home: Path) -> dict[str, str]:
    """Every path of the home that may not differ, with its rights and the hash of its bytes."""
    found = {}
    for at, folders, files in os.walk(home):
        inside = Path(at).relative_to(home).as_posix()
        lead = "" if inside == "." else f"{inside}/"
        folders[:] = [name for name in folders if not may_differ(lead + name)]
        for name in folders:
            found[f"{lead}{name}/"] = f"{Path(at, name).lstat().st_mode:o}"
        for name in files:
            path = Path(at, name)
            if not may_differ(lead + name):
                found[lead + name] = f"{path.lstat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def differences(found: Snapshot, expected: Snapshot) -> list[str]:
    """Paths that are missing, there without need, or other than expected; each with which of these."""
    return sorted(
        f"{name} ({'missing' if name not in found else 'left over' if name not in expected else 'other'})"
        for name in found.keys() | expected.keys()
        if found.get(name) != expected.get(name)
    )


@dataclass(frozen=True)
class Expected:
    """The two ways in which a home may stand while ``day`` is settled."""

    day: date
    before: Snapshot
    whole: Snapshot

    def stands(self, found: Snapshot, *, killed: bool) -> str:
        """``D-1`` or ``D``. Raises AssertionError with what lies between. ``killed``: what comes late may lack."""
        if not (to_before := differences(found, self.before)):
            return "D-1"
        to_whole = differences(found, self.whole)
        if killed:
            to_whole = [
                one for one in to_whole
                if not (one.endswith(" (missing)") and may_come_late(one.removesuffix(" (missing)"), self.day))
            ]  # fmt: skip
        if not to_whole:
            return "D"
        nearer = min(to_before, to_whole, key=len)
        which = "D-1" if nearer is to_before else "D"
        raise AssertionError(f"neither D-1 nor D; apart from {which}: {', '.join(nearer[:5])}")
