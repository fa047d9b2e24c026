"""Cancelling: a whole file is not paid, and every payout in it fails with the next day.

Holds: cancelling, and completing a cancellation that died.
Never holds: a change of a file; results that a channel gave (``assets/importing/``); the home's lock (its caller's).
Neighbour: ``importing/leaving.py`` puts the failed results where the next day takes them.

The log is written first, so that nothing is released any more; then the results. Who dies between cancels again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from assets.foundation.audit import LONGEST_REASON, Cancelled, Released, Stamp, add_entry
from assets.foundation.errors import Refused
from assets.foundation.store import Home, insist
from assets.importing.leaving import LEFT, leave_results
from assets.importing.taking import imported_before
from assets.payouts.channels import read_rules
from assets.release.files import DayFiles, SealedFile, day_files
from assets.release.names import same_person
from assets.release.unpaid import require_without_result

_LAST = time(23, 59, 59)


@dataclass(frozen=True)
class Returned:
    """A file that was cancelled, and the results by which its payouts fail: they lie in the imports of a day."""

    file: SealedFile
    results: Path


def cancel(
    home: Home, day: date, stamp: Stamp, reason: str, names: Sequence[str] = (), *, refused_by_channel: bool = False
) -> list[Returned]:
    """Cancel whole files of ``day``; without ``names`` all that were not released or cancelled.

    A file that was released is cancelled only with ``refused_by_channel``, by its name, and by another person than who
    released it. Raises Refused, with nothing cancelled, when that is not so, or a payout of a file has a result.
    """
    text = reason.strip()
    if not text.isprintable() or not 1 <= len(text) <= LONGEST_REASON:
        raise Refused(f"reason: found {reason[:LONGEST_REASON]!r}, allowed 1 to {LONGEST_REASON} printable characters")
    if refused_by_channel and not names:
        raise Refused("a released file is cancelled by its name; give --file with --refused-by-channel")
    own = day_files(home, day)
    own.require_same_files()
    what = "that was not released" if not refused_by_channel else "that the channel refused"
    chosen = own.chosen(names, lambda name: _waits(own, name, refused_by_channel=refused_by_channel), what)
    payments = {file.name: own.payments(file) for file in chosen}
    for file in chosen:
        if own.standing(file.name).cancelled is None:
            _require_unpaid(own, file, payments[file.name], stamp)
    after = home.settled_days()[-1] + timedelta(days=1)
    at = min(_local(stamp, read_rules(home.rules_file).timezone), datetime.combine(after, _LAST))
    return [_cancel(own, file, payments[file.name], stamp, text, at) for file in chosen]


def _local(stamp: Stamp, timezone: str) -> datetime:
    return datetime.fromisoformat(stamp.at).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def _waits(own: DayFiles, name: str, *, refused_by_channel: bool) -> bool:
    now = own.standing(name)
    if now.cancelled:
        return imported_before(own.home, _digest(own.files[name])) is None  # it died before the results were left
    return refused_by_channel or not now.released


def _require_unpaid(own: DayFiles, file: SealedFile, payments: pl.DataFrame, stamp: Stamp) -> None:
    """Raise Refused for what speaks against cancelling a file."""
    released = own.standing(file.name).released
    if released and isinstance(released.says, Released):
        if same_person(released.by, stamp.by):
            raise Refused(f"{stamp.by} released {file.name} of {file.day}; allowed: the name of another person")
        for name in released.says.outbox:
            if (own.home.outbox / name).exists():
                raise Refused(
                    f"{own.home.outbox / name} still lies there; take it away first, so that nobody uploads it"
                )
    require_without_result(own.home, file, payments)


def _cancel(
    own: DayFiles, file: SealedFile, payments: pl.DataFrame, stamp: Stamp, reason: str, at: datetime
) -> Returned:
    home, digest, now = own.home, _digest(file), own.standing(file.name)
    if now.cancelled is None:
        says = Cancelled(
            file=file.name, sha256=file.sha256, reason=reason, after_release=bool(now.released), results=digest
        )
        try:
            add_entry(home, file.day, stamp, says)
        except OSError as error:
            raise Refused(
                f"{home.audit_file}: cannot be written ({error.strerror}); {file.name} was not cancelled"
            ) from None
    elif isinstance(now.cancelled.says, Cancelled):
        reason = now.cancelled.says.reason
    rows = payments.select(
        "payout_id", pl.lit("failed").alias("status"), pl.col("net").alias("amount"),
        pl.lit(f"cancelled: {reason}").alias("reason"), pl.lit(at, dtype=pl.Datetime("us")).alias("at"),
    )  # fmt: skip
    left = rows.select(list(LEFT)).sort("payout_id")

    def leave() -> Path:
        return leave_results(home, home.settled_days()[-1] + timedelta(days=1), digest, left)

    return Returned(file, insist(home, leave))  # the log says that it is cancelled


def _digest(file: SealedFile) -> str:
    """What the results of a cancelled file are named by: the same for ever."""
    text = "\n".join((file.day.isoformat(), file.name, file.sha256, "cancelled"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
