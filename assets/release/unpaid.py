"""Whether anything is known of what became of a file's payouts: then it is neither released nor cancelled.

Holds: looking for results in the sealed state and in the imports of the days to come.
Never holds: what a result means; results in exports (the day that takes them judges them).
Neighbour: ``outbox.py`` and ``cancelling.py`` ask it about every file.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from assets.exports.reading import find_imports
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.release.files import SealedFile
from assets.sealed import payouts_with_results


def require_without_result(home: Home, file: SealedFile, payments: pl.DataFrame) -> None:
    """Raise Refused when a payout of the file has a result: it was paid by another way, or failed there."""
    last = home.settled_days()[-1]
    head, ids = home.seal(last), payments["payout_id"]
    known = payouts_with_results(home, head, ids) if head else []
    for payout, what in (*known, *_waiting(home, set(ids))):
        raise Refused(f"{file.name} of {file.day}: {payout} {what}; allowed: a file of which no payout has a result")


def _waiting(home: Home, ids: set[str]) -> Iterator[tuple[str, str]]:
    """Payouts that have a result in the imports of a day to come, and in which file."""
    last = home.settled_days()[-1]
    for path in (one for day in home.import_days() if day > last for one in find_imports(home.root, day)):
        try:
            told = pl.read_csv(path, infer_schema=False)
        except (OSError, pl.exceptions.PolarsError):
            continue  # the day that takes it will say what is wrong with it
        for payout in told["payout_id"] if "payout_id" in told.columns else ():
            if payout in ids:
                yield payout, f"has a result in {path.relative_to(home.root)}"
