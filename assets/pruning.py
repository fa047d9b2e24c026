"""State files that no newer day needs any more: which they are, and taking them away.

Holds: what is superseded, deleting it, the disk that a home takes.
Never holds: wording (``pipelines/pruning.py``), the home's lock (its caller has it), deletion of anything but state.
Neighbour: ``foundation/state.py`` writes the files and merges them; ``pruned.py`` is the record of what went.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import PurePosixPath

from assets.foundation.errors import Refused
from assets.foundation.segments import sealed_files
from assets.foundation.store import MANIFEST, Home, Seal, canonical_json, parse_day, remove_files, replace_file
from assets.pruned import Pruned, Record, read_record


@dataclass(frozen=True)
class StateFile:
    """A state file, segment or index: its table, its path from the home, its hash as sealed, its size if known."""

    table: str
    file: str
    sha256: str
    bytes: int = 0


@dataclass(frozen=True)
class Superseded:
    """State files that may go, by day, and the days whose state stays, oldest first.

    ``altered`` are superseded too but are not what their day sealed: they stay, for `settle verify` to name them.
    """

    settled: int
    kept: list[date]
    files: list[StateFile]
    altered: list[StateFile]


@dataclass(frozen=True)
class Disk:
    """Bytes of the home's files by part; links are not followed."""

    exports: int
    outputs: int
    state: int
    other: int


def disk(home: Home) -> Disk:
    """What the home takes now."""
    taken = {"exports": 0, "outputs": 0, "state": 0, "other": 0}
    for file, size in home.sizes():
        taken[_part(PurePosixPath(file).parent.parts)] += size
    return Disk(**taken)


def _part(folders: tuple[str, ...]) -> str:
    match folders:
        case ("exports", *_):
            return "exports"
        case ("settlements", _, "state", *_):
            return "state"
        case ("settlements", *_):
            return "outputs"
        case _:
            return "other"


def pruned_state(home: Home, seal: Seal) -> list[str]:
    """Files of the state at the close of the seal's day that were pruned. Raises Refused when the seal is damaged."""
    record = read_record(home)
    return [
        one.file
        for one in _state(home, seal)
        if home.size(one.file) is None and record.explains(one.file, one.sha256, seal.day)
    ]


def superseded(home: Home, keep: int) -> Superseded:
    """State files that none of the newest ``keep`` settled days needs, neither at its close nor to start from.

    Raises Refused when a seal is damaged or is not the one that the next day names, or when a file of the newest state
    is missing: nothing is sure to be superseded then.
    """
    seals = _chain(home)
    if not seals:
        return Superseded(0, [], [], [])
    # One more day: the oldest of them can be settled again only from the state before it.
    kept = seals[-(keep + 1) :]
    needed = {one.file for seal in kept for one in _state(home, seal)}
    for one in _state(home, seals[-1]):
        if home.size(one.file) is None:
            raise Refused(f"{one.file} is part of the sealed state of {seals[-1].day} and is gone; nothing was pruned")
    files = [one for seal in seals[: -len(kept)] for one in _written(home, seal) if one.file not in needed]
    return Superseded(len(seals), [seal.day for seal in kept], files, [])


def prune(home: Home, keep: int) -> Superseded:
    """Delete what is superseded; returns what went, and what stayed because it is not what its day sealed.

    The record is on disk before the first file goes, and nothing that goes is needed: killed at any moment, the home
    settles on and is sound, and the next pruning takes the rest. Raises Refused where ``superseded`` does, when the
    record is damaged and when a file of the newest state is not what was sealed; nothing is deleted then.
    """
    found, record = superseded(home, keep), read_record(home)
    if not found.files:
        return found
    newest, kept_from = found.kept[-1], found.kept[0]
    _require_sound(home, newest)
    going: dict[str, StateFile] = {}
    altered: list[StateFile] = []
    for one in found.files:
        if home.sha256(one.file) == one.sha256:
            going[one.file] = one
        else:
            altered.append(one)
    if going:
        entries = {
            file: Pruned(sha256=one.sha256, bytes=one.bytes, newest=newest, kept_from=kept_from)
            for file, one in going.items()
        }
        record = Record(files={**record.files, **entries})
        replace_file(home, home.pruned_file, canonical_json(record.model_dump(mode="json")))
    remove_files(home, going)
    return Superseded(found.settled, found.kept, list(going.values()), altered)


def _chain(home: Home) -> list[Seal]:
    """The seals of all days, oldest first. Raises Refused unless each is the one that the next names."""
    folder = home.root / "settlements"
    seals: list[Seal] = []
    for day in sorted(day for entry in folder.glob("*") if (day := parse_day(entry.name))):
        seal = home.seal(day)
        if seal is None:
            raise Refused(f"{home.settlement(day)}: a folder is there without a seal; nothing was pruned")
        seals.append(seal)
    for before, seal in pairwise(seals):
        expected = {"business_date": before.day.isoformat(), "sha256": before.sha256}
        if (named := seal.content.get("previous")) != expected:
            raise Refused(
                f"the seal of {seal.day} names {named!r:.120} as the one before it, and the seal of {before.day} has"
                f" sha256 {before.sha256[:16]}…; nothing was pruned (settle verify says more)"
            )
    return seals


def _state(home: Home, seal: Seal) -> list[StateFile]:
    """The state at the close of a day as its seal names it. Raises Refused when the seal does not say it."""
    try:
        return [
            StateFile(table, file, sha256)
            for table, segments in seal.content["state"].items()
            for file, sha256 in sealed_files({table: segments})
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        where = home.settlement(seal.day) / MANIFEST
        raise Refused(f"{where}: the state in the seal of {seal.day} is damaged") from None


def _written(home: Home, seal: Seal) -> Iterator[StateFile]:
    """The state files that a day itself wrote and that lie there: whatever its seal says, none outside its folder."""
    own = PurePosixPath("settlements", seal.day.isoformat(), "state")
    for one in _state(home, seal):
        if PurePosixPath(one.file).parent == own and (size := home.size(one.file)) is not None:
            yield StateFile(one.table, one.file, one.sha256, size)


def _require_sound(home: Home, day: date) -> None:
    """Superseded files are what a damaged newest state could be made from again: they stay while it is damaged."""
    seal = home.seal(day)
    for one in _state(home, seal) if seal else []:
        if (found := home.sha256(one.file)) != one.sha256:
            raise Refused(
                f"{one.file} is not what {day} sealed: found sha256 {found[:16]}…, expected {one.sha256[:16]}…; nothing"
                " was pruned (settle verify says more)"
            )
