"""Whether anything is known of what became of a file's payouts: then it is neither released nor cancelled.

Holds: looking for results in the sealed state, and in the imports and exports of the days to come.
Never holds: what a result means (the day that takes it judges it).
Neighbour: ``outbox.py`` and ``cancelling.py`` ask it about every file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
    """Payouts that have a result in the imports or exports of a day to come, and in which file."""
    last = home.settled_days()[-1]
    files = [path for day in home.import_days() if day > last for path in find_imports(home.root, day)]
    files += [path for day in home.export_days() if day > last for path in _exported(home.exports(day))]
    for path in files:
        try:
            told = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
        except (OSError, pl.exceptions.PolarsError):
            continue  # the day that takes it will say what is wrong with it
        for payout in told["payout_id"] if "payout_id" in told.columns else ():
            if payout in ids:
                yield payout, f"has a result in {path.relative_to(home.root)}"


def _exported(folder: Path) -> list[Path]:
    return [path for path in (folder / "payout_results.csv", folder / "payout_results.parquet") if path.is_file()]
