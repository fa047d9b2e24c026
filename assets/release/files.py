"""A day's payout files as they were sealed, and how each stands by the log.

Holds: the files with their figures, holding one against the seal to the byte, their states, choosing among them.
Never holds: what is done with them; writing of any kind.
Neighbour: ``approving.py``, ``outbox.py`` and ``cancelling.py`` begin here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from assets.foundation.audit import Approved, Cancelled, Entry, Released, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal, sha256_file
from assets.payouts.reading import FOLDER, LIST, SHEET, account_hash, listed_files, read_file

_SHOWN = 16  # characters of a hash in a message
_FAULTS = (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class SealedFile:
    """A payout file of a settled day: what ``payouts/manifest.json`` says of it; ``net_fen`` is its total."""

    day: date
    name: str
    channel: str
    payments: int
    net_fen: int
    account_hash: int
    sha256: str


@dataclass(frozen=True)
class Standing:
    """What the log says of a file: the entries by which it was approved, released and cancelled."""

    approved: Entry | None = None
    released: Entry | None = None
    cancelled: Entry | None = None

    def __str__(self) -> str:
        for word in ("cancelled", "released", "approved"):
            if entry := getattr(self, word):
                return f"{word} by {entry.by} on {entry.at}"
        return "to approve"

    @property
    def to_approve(self) -> bool:
        """Nobody has said anything of it."""
        return not (self.approved or self.released or self.cancelled)

    @property
    def to_release(self) -> bool:
        """It was approved and nothing since."""
        return bool(self.approved) and not self.closed

    @property
    def closed(self) -> bool:
        """It was released or cancelled."""
        return bool(self.released or self.cancelled)


def standing_of(entries: Sequence[Entry], day: date, name: str, sha256: str) -> Standing:
    """How a file stands. An approval counts for the bytes that it names, a release or cancellation for the name."""
    approved = released = cancelled = None
    for entry in (entry for entry in entries if entry.day == day):
        says = entry.says
        if isinstance(says, Approved) and says.files.get(name) == sha256:
            approved = approved or entry
        elif isinstance(says, Released) and says.file == name:
            released = released or entry
        elif isinstance(says, Cancelled) and says.file == name:
            cancelled = cancelled or entry
    return Standing(approved, released, cancelled)


@dataclass(frozen=True)
class DayFiles:
    """The payout files of a settled day, by name, with its seal and the log."""

    home: Home
    seal: Seal
    entries: Sequence[Entry]
    files: dict[str, SealedFile]

    def standing(self, name: str) -> Standing:
        """How a file of the day stands."""
        return standing_of(self.entries, self.seal.day, name, self.files[name].sha256)

    def chosen(self, names: Sequence[str], waits: Callable[[str], bool], what: str) -> list[SealedFile]:
        """The files ``names``, or without any all that wait. Raises Refused when one does not, or none does."""
        day = self.seal.day
        for name in names:
            if name not in self.files:
                known = ", ".join(self.files) or "none"
                raise Refused(f"{name}: no payout file of {day}; allowed: {known}")
            if not waits(name):
                raise Refused(f"{name} of {day}: {self.standing(name)}; allowed: a file {what}")
        if not names and not any(map(waits, self.files)):
            told = "; ".join(f"{name}: {self.standing(name)}" for name in self.files) or "the day has no payout files"
            raise Refused(f"{day} has no file {what}: {told}")
        return [file for name, file in self.files.items() if (name in names if names else waits(name))]

    def require_same_files(self) -> None:
        """Raise Refused when a file of the day was released or cancelled that the seal no longer names so: the folder
        was made anew since, and the payments of that file may stand in others now."""
        for entry in self.entries:
            says = entry.says
            if entry.day == self.seal.day and isinstance(says, Released | Cancelled):
                now = self.files.get(says.file)
                if now is None or now.sha256 != says.sha256:
                    raise Refused(
                        f"{says.file} of {entry.day} was {says.event} by {entry.by} on {entry.at} with sha256"
                        f" {says.sha256[:_SHOWN]}, and the folder of {entry.day} is another one now: its payments may"
                        " stand in other files. Bring back the folder as it was sealed then"
                    )

    def payments(self, file: SealedFile) -> pl.DataFrame:
        """The payments of a file (PAYMENT), read back from the disk.

        Raises Refused unless its bytes are those that the seal names and its rows, total and account hash those of
        ``payouts/manifest.json``.
        """
        path = self.home.settlement(self.seal.day) / FOLDER / file.name
        try:
            found = sha256_file(path)
            if found != file.sha256:
                raise Refused(f"{path}: sha256 found {found[:_SHOWN]}, sealed {file.sha256[:_SHOWN]}; it was changed")
            read = read_file(self.home.settlement(self.seal.day), self._listed(file.name))
        except _FAULTS as error:
            raise Refused(f"{path}: the payout file cannot be read ({_reason(error)})") from None
        figures = (read.height, int(read["net"].sum()), account_hash(read["account_no"]))
        listed = (file.payments, file.net_fen, file.account_hash)
        for name, one, other in zip(("payments", "total in fen", "account hash"), figures, listed, strict=True):
            if one != other:
                raise Refused(f"{path}: {name} found {one}, {LIST} says {other}")
        return read

    def _listed(self, name: str) -> dict[str, Any]:
        return next(one for one in listed_files(self.home.settlement(self.seal.day)) if one["file"] == name)


def day_files(home: Home, day: date) -> DayFiles:
    """The payout files of ``day``. Raises Refused when it is not settled, or its list is not what the seal names."""
    seal = home.seal(day)
    if seal is None:
        raise Refused(f"{day} is not settled; allowed: a settled day (settle status names them)")
    return DayFiles(home, seal, read_log(home), {file.name: file for file in _sealed_list(home, seal)})


def names_sealed(seal: Seal) -> dict[str, str]:
    """Name to sha256 of the day's payout files, by the seal alone. Raises Refused for a damaged one."""
    kept = {f"{FOLDER}/{name}" for name in (LIST, SHEET)}
    try:
        return {
            name.removeprefix(f"{FOLDER}/"): str(listed["sha256"])
            for name, listed in sorted(seal.content["outputs"].items())
            if name.startswith(f"{FOLDER}/") and name not in kept
        }
    except (KeyError, TypeError, AttributeError):
        raise Refused(f"the seal of {seal.day} is damaged: it names no payout files") from None


def _sealed_list(home: Home, seal: Seal) -> list[SealedFile]:
    folder, sealed = home.settlement(seal.day), names_sealed(seal)
    path = folder / FOLDER / LIST
    try:
        found, wanted = sha256_file(path), str(seal.content["outputs"][f"{FOLDER}/{LIST}"]["sha256"])
        if found != wanted:
            raise Refused(f"{path}: sha256 found {found[:_SHOWN]}, sealed {wanted[:_SHOWN]}; it was changed")
        files = [
            SealedFile(
                seal.day, str(one["file"]), str(one["channel"]), int(one["rows"]), int(one["net_fen"]),
                int(one["account_hash"]), str(one["sha256"]),
            )
            for one in listed_files(folder)
        ]  # fmt: skip
    except _FAULTS as error:
        raise Refused(f"{path}: the list of payout files cannot be read ({_reason(error)})") from None
    if {file.name: file.sha256 for file in files} != sealed:
        raise Refused(f"{path}: found {len(files)} files, and the seal of {seal.day} names others ({len(sealed)})")
    return sorted(files, key=lambda file: file.name)


def _reason(error: Exception) -> str:
    """What is wrong, without a text of the file: that may be a person's."""
    return str(error.strerror) if isinstance(error, OSError) and error.strerror else type(error).__name__
