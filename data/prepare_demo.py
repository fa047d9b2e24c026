"""Cuts the demo's fourteen days out of a year of exports: ``python data/prepare_demo.py SOURCE data/demo``.

Holds: what becomes of earlier days (their members, merchants and accounts arrive with the first day) and of refunds
of orders that are not in the cut (left out).
Never holds: any change of a row that stays.
Neighbour: ``data/demo/README.md`` says where the rows are from.
"""

from __future__ import annotations

import argparse
import csv
import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl

FIRST, LAST = date(2011, 10, 4), date(2011, 10, 17)
# Reference files and, where the newest row replaces an older one, the key; every row of members stays.
REFERENCE = {"members": None, "merchants": "merchant_id", "payout_accounts": "member_id"}


def merge_reference(sources: list[Path], target: Path, key: str | None) -> int:
    """Write the rows of ``sources``, oldest first, as one CSV; with ``key``, only the newest of each. Returns rows."""
    rows: dict[object, dict[str, str]] = {}
    for source in sources:
        with source.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                rows[row[key] if key else len(rows)] = row
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows.values())
    return len(rows)


def prepare(source: Path, target: Path) -> None:
    """Write ``target/exports/<day>`` for every day of the cut from the export folders under ``source``."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    kept: set[str] = set()
    for day in days:
        before, now = source / day.isoformat(), target / "exports" / day.isoformat()
        now.mkdir(parents=True)
        for file in sorted(before.glob("orders.*")):
            # The content alone: a source that is read-only must not make the copy read-only.
            shutil.copyfile(file, now / file.name)
            if file.suffix == ".parquet":
                kept.update(pl.read_parquet(file)["order_id"])
        for file in sorted(before.glob("refunds.parquet")):
            refunds = pl.read_parquet(file)
            refunds.filter(pl.col("order_id").is_in(list(kept))).write_parquet(now / file.name, compression="zstd")
        for name, key in REFERENCE.items():
            if day == FIRST:
                brought = [f for f in sorted(source.glob(f"*/{name}.csv")) if f.parent.name <= day.isoformat()]
                merge_reference(brought, now / f"{name}.csv", key)
            elif (before / f"{name}.csv").exists():
                shutil.copyfile(before / f"{name}.csv", now / f"{name}.csv")
        (now / "_SUCCESS").touch()


def main() -> None:
    """Read the two folders from the command line."""
    parser = argparse.ArgumentParser(description="Cut the demo's days out of a year of exports.")
    parser.add_argument("source", type=Path, help="folder with one export folder per day")
    parser.add_argument("target", type=Path, help="demo folder; its exports/ must not exist yet")
    folders = parser.parse_args()
    prepare(folders.source, folders.target)


if __name__ == "__main__":
    main()
