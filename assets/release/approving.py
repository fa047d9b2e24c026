"""The checker: a person who did not make the files says of each, by its sha256, that it may be paid.

Holds: approving.
Never holds: releasing (``outbox.py``); the home's lock (its caller's).
Neighbour: ``makers.py`` says who made them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assets.foundation.audit import Approved, Stamp, add_entry
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.release.files import DayFiles, SealedFile, day_files
from assets.release.makers import settled_events
from assets.release.names import same_person


def approve(home: Home, day: date, stamp: Stamp, names: Sequence[str] = ()) -> list[SealedFile]:
    """Approve files of ``day``, all of them or none; without ``names`` all that wait for it.

    Raises Refused, with nothing entered, when the name is that of one who made them, when nobody is known to have made
    them, when a file is not what was sealed to the byte and to the figures, or was approved or cancelled before.
    """
    own = day_files(home, day)
    _require_other(own, stamp.by)
    own.require_same_files()
    chosen = own.chosen(names, lambda name: own.standing(name).to_approve, "to approve")
    for file in chosen:
        own.payments(file)
    says = Approved(seal=own.seal.sha256, files={file.name: file.sha256 for file in chosen})
    try:
        add_entry(home, day, stamp, says)
    except OSError as error:
        raise Refused(f"{home.audit_file}: cannot be written ({error.strerror}); nothing was approved") from None
    return chosen


def _require_other(own: DayFiles, by: str) -> None:
    day = own.seal.day
    made = settled_events(own.entries, day)
    if not made or made[-1][1].seal != own.seal.sha256:
        raise Refused(
            f"nobody is recorded as the maker of the files of {day} as they lie there; `settle run --date {day}` enters"
            " who runs it, and another one may approve then"
        )
    if maker := next((maker for maker, _ in made if same_person(maker, by)), None):
        raise Refused(f"{by} made the files of {day} (as {maker}); allowed: the name of another person")
