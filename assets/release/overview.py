"""What waits for a person: files to approve and to release, over all days that the log knows.

Holds: which files are shown, and counting those that wait.
Never holds: the wording; a figure that is not sealed.
Neighbour: ``pipelines/releasing.py`` and ``standing.py`` show it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assets.foundation.audit import Entry, Settled, head, read_log
from assets.foundation.store import Home, Seal
from assets.release.files import SealedFile, Standing, day_files, names_sealed, standing_of


@dataclass(frozen=True)
class Waiting:
    """The day of every file that waits, oldest first, and the log: how many lines, and the hash of the last one."""

    to_approve: list[date]
    to_release: list[date]
    lines: int
    head: str


def waiting(home: Home) -> Waiting:
    """Read seals and log alone. Raises Refused where one is damaged."""
    entries = read_log(home)
    to_approve, to_release = [], []
    for seal, own in _days(home, entries):
        for name, sha256 in names_sealed(seal).items():
            now = standing_of(own, seal.day, name, sha256)
            to_approve += [seal.day] * now.to_approve
            to_release += [seal.day] * now.to_release
    return Waiting(to_approve, to_release, len(entries), head(entries))


def shown(home: Home, day: date | None) -> list[tuple[SealedFile, Standing]]:
    """The files of ``day``; without it those that were neither released nor cancelled, and all of the last settled
    day. Raises Refused where a seal, a list of files or the log is damaged."""
    if day:
        return _of_day(home, day)
    last = max(home.settled_days(), default=None)
    found: list[tuple[SealedFile, Standing]] = []
    for seal, own in _days(home, read_log(home)):
        standing = (standing_of(own, seal.day, name, sha256) for name, sha256 in names_sealed(seal).items())
        if seal.day == last:
            found += _of_day(home, seal.day)
        elif not all(now.closed for now in standing):
            found += [(file, now) for file, now in _of_day(home, seal.day) if not now.closed]
    return found


def _of_day(home: Home, day: date) -> list[tuple[SealedFile, Standing]]:
    own = day_files(home, day)
    return [(file, own.standing(name)) for name, file in own.files.items()]


def _days(home: Home, entries: list[Entry]) -> Iterator[tuple[Seal, list[Entry]]]:
    """Settled days with the log's entries of each: those that the log knows, and the last one. Of what was settled
    before there was a log nobody can say whether it was uploaded."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_day[entry.day].append(entry)
    settled = home.settled_days()
    for day in settled:
        known = any(isinstance(entry.says, Settled) for entry in by_day.get(day, ()))
        seal = home.seal(day) if known or day == settled[-1] else None
        if seal:
            yield seal, by_day.get(day, [])
