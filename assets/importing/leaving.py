"""Leaving payout results for a day to take: ``imports/<day>/payout_results-<digest>.csv``, once.

Holds: the results as the contract's export wants them, and putting files of an import where the day looks.
Never holds: where results come from, what the day makes of them, the home's lock (its caller's).
Neighbour: ``exports/reading.py`` finds what is left here.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.store import Home, replace_file, sync
from assets.payouts.channels.base import CONTROL, yuan

# What a day is told of a payout: ``amount`` in fen, ``at`` local; null where nothing is known.
LEFT = {
    "payout_id": pl.String, "status": pl.String, "amount": pl.Int64, "reason": pl.String, "at": pl.Datetime("us"),
}  # fmt: skip
_REASON = 500  # letters
_DIGEST = re.compile("[0-9a-f]{64}")


def results_name(digest: str) -> str:
    """The name of a results file: ``find_imports`` knows it by this."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"digest {digest!r:.80} is no sha256 in hex")
    return f"payout_results-{digest}.csv"


def leave_results(home: Home, day: date, digest: str, rows: pl.DataFrame) -> Path:
    """Write ``rows`` (LEFT; amounts not negative) as results that ``day`` takes; the caller holds the home's lock.

    ``digest`` names the file: a sha256 of what the results come from. Left before with the same content, nothing is
    done. Raises Refused when ``day`` is settled, when other content lies there, or when it cannot be written.
    """
    path = home.imports(day) / results_name(digest)
    raw = _csv(rows)
    if path.is_symlink() or path.exists():
        if path.is_symlink() or not path.is_file() or path.read_bytes() != raw:
            raise Refused(f"{path}: other content is there already; allowed: each file of results once")
        return path
    leave_file(home, day, path.name, raw)
    return path


def leave_file(home: Home, day: date, name: str, raw: bytes) -> None:
    """Put a file into the day's folder of imports, over one that is there: whole or not at all, on disk afterwards.

    Raises Refused when ``day`` is settled or the file cannot be written.
    """
    if home.is_settled(day):
        raise Refused(f"{day} is settled already; results come with a later day")
    rights, path = home.rights(), home.imports(day) / name
    try:
        for folder in (home.imports_root, path.parent):
            if not folder.is_dir():
                rights.make_folder(folder)
                sync(folder.parent)
        replace_file(home, path, raw)
    except OSError as error:
        raise Refused(f"{path}: cannot be written ({error.strerror})") from None


def _csv(rows: pl.DataFrame) -> bytes:
    """The rows as contract.md has payout_results: yuan text, ISO times, nothing for what is not known.

    A reason is one line of at most 500 letters: a NUL in it would make the whole file unreadable for the day.
    """
    if rows.filter(pl.col("amount") < 0).height:
        raise ValueError("an amount is negative; allowed: fen from 0")
    whole = pl.col("at").dt.microsecond() == 0
    exact = pl.col("at").dt.to_string("%Y-%m-%dT%H:%M:%S%.6f")
    at = pl.when(whole).then(pl.col("at").dt.to_string("%Y-%m-%dT%H:%M:%S")).otherwise(exact)
    reason = pl.col("reason").str.replace_all(CONTROL, " ").str.slice(0, _REASON)
    told = rows.select(list(LEFT)).with_columns(yuan("amount"), reason, at.alias("at"))
    return told.with_columns(pl.col(pl.String).replace("", None)).write_csv().encode("utf-8")
