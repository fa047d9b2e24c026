"""Who made a day's files: the `settled` events of the log.

Holds: entering them, the days that lack one, the makers of a day.
Never holds: settling; whether the seal is right.
Neighbour: ``pipelines/desk.py`` enters them where the register of issued payouts is entered and made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assets.foundation.audit import Entry, Settled, Stamp, add_entry, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home, Seal, insist


def settled_events(entries: Sequence[Entry], day: date) -> list[tuple[str, Settled]]:
    """Who settled ``day``, with which seal, oldest first."""
    return [(one.by, one.says) for one in entries if one.day == day and isinstance(one.says, Settled)]


def is_unsigned(home: Home, seal: Seal) -> bool:
    """Whether the log does not say who made the files that ``seal`` names. Raises Refused for a damaged log."""
    made = settled_events(read_log(home), seal.day)
    return not made or made[-1][1].seal != seal.sha256


def enter_settled(home: Home, seal: Seal, stamp: Stamp, *, late: bool = False) -> None:
    """Enter who made the day's files; the caller holds the home's lock.

    Raises Refused when the log cannot be written: the day is settled then, and the next writer makes up for it.
    """
    try:
        insist(home, lambda: add_entry(home, seal.day, stamp, Settled(seal=seal.sha256, late=late)))
    except OSError as error:
        raise Refused(
            f"{home.audit_file}: the log of who settled {seal.day} cannot be written ({error.strerror}); the day is"
            " settled, and the next `settle run` makes up for it"
        ) from None


def make_up_settled(home: Home, seal: Seal, stamp: Stamp) -> None:
    """Enter who made the day's files unless the log says so: of a run that died, or from before there was a log."""
    if is_unsigned(home, seal):
        enter_settled(home, seal, stamp, late=True)
