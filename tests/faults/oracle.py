"""What a home may look like after a fault: the day before settled, or the day settled whole, and nothing between.

Holds: the comparison of two homes by names, rights and hashes (of the log, which holds the time of day, by what it
says), and the one function that says what may differ.
Never holds: faults, runs.
Neighbour: ``trying.py`` asks it after every run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

Snapshot = Mapping[str, str]  # path relative to the home -> rights and, of a file, sha256; folders end in "/"

_ELSEWHERE = (".dagster", ".staging")  # the history of the UI, and a day in the making
# The record of hashes and what it is written as: it may be deleted at any time, so that it may be anything.
_HELPERS = (".seen.json", ".seen.json.new")
MISSING, LEFT_OVER, OTHER = "missing", "left over", "other"
_LOG = "audit.jsonl"


def tolerated(name: str, how: str, day: date) -> bool:
    """Whether a path of the home may differ after a fault on ``day``: MISSING, LEFT_OVER or OTHER than expected.

    Only until the next run: then nothing may differ but what says nothing about what is settled.
    """
    if name.rstrip("/") in (*_ELSEWHERE, *_HELPERS):
        return True
    if how == LEFT_OVER:
        return name == "settlements/"  # made just before the first day is published; empty, it holds no day
    # Register and log are written after the day is published: a process can die between. Of a log that is not the one
    # of the day whole, ``Expected.stands`` sees that it is the one from before.
    if name == _LOG:
        return how in (MISSING, OTHER)
    return how == MISSING and name in ("issued/", f"issued/{day}.csv")


def _told(log: bytes) -> str:
    """Who settled which day with which seal, by the lines of a log that is whole; ``late`` follows the fault."""
    previous, told = "", []
    for number, line in enumerate(log.splitlines(keepends=True), start=1):
        entry = json.loads(line) if line.endswith(b"\n") else {}
        if (entry.get("n"), entry.get("previous")) != (number, previous):
            return f"broken at line {number}"
        previous = hashlib.sha256(line[:-1]).hexdigest()
        told.append(" ".join(str(entry[name]) for name in ("event", "day", "by", "seal")))
    return "; ".join(told)


def snapshot(home: Path) -> dict[str, str]:
    """Every path of the home that says what is settled, with its rights and the hash of its bytes."""
    found = {}
    for at, folders, files in os.walk(home):
        inside = Path(at).relative_to(home).as_posix()
        lead = "" if inside == "." else f"{inside}/"
        folders[:] = [name for name in folders if lead + name not in _ELSEWHERE]
        for name in folders:
            found[f"{lead}{name}/"] = f"{Path(at, name).lstat().st_mode:o}"
        for name in files:
            path = Path(at, name)
            if lead + name == _LOG:
                found[_LOG] = f"{path.lstat().st_mode:o} {_told(path.read_bytes())}"
            elif lead + name not in _HELPERS:
                found[lead + name] = f"{path.lstat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def differences(found: Snapshot, expected: Snapshot) -> list[tuple[str, str]]:
    """Paths that differ, each with how: MISSING, LEFT_OVER or OTHER."""
    return sorted(
        (name, MISSING if name not in found else LEFT_OVER if name not in expected else OTHER)
        for name in found.keys() | expected.keys()
        if found.get(name) != expected.get(name)
    )


def listed(apart: list[tuple[str, str]]) -> str:
    """Differences as text, the first of them."""
    return ", ".join(f"{name} ({how})" for name, how in apart[:5])


@dataclass(frozen=True)
class Expected:
    """The two ways in which a home may stand while ``day`` is settled."""

    day: date
    before: Snapshot
    whole: Snapshot

    def stands(self, found: Snapshot) -> str:
        """``D-1`` or ``D``. Raises AssertionError with what lies between."""
        log, logs = found.get(_LOG), (self.before.get(_LOG), self.whole.get(_LOG))
        if log not in logs:
            raise AssertionError(f"the log is neither that of D-1 nor that of D: {log}")
        apart = {"D-1": differences(found, self.before), "D": differences(found, self.whole)}
        for where, paths in apart.items():
            early = where == "D-1" and log != logs[0]  # who settled a day is said once it is settled
            if not early and all(tolerated(name, how, self.day) for name, how in paths):
                return where
        nearer = min(apart, key=lambda where: len(apart[where]))
        raise AssertionError(f"neither D-1 nor D; apart from {nearer}: {listed(apart[nearer])}")
