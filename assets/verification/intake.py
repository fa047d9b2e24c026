"""What came in: control totals of the seal and the quarantine files (rules.md section 11.5).

Holds: in = accepted + duplicates + quarantined, rows of the files, the controls that were sealed with the day.
Never holds: reading of exports.
Neighbour: ``home.py`` hands it one day after the other.
"""

from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

import polars as pl

from assets.verification.chain import Link
from assets.verification.findings import Page

_UNITS = ("rows", "fen", "net")
_SEAL = "manifest.json"


def check_totals(folder: Path, link: Link, page: Page) -> None:
    """Hold the totals of a seal against each other, its inputs and the quarantine files."""
    totals = link.content.totals
    for file, row in sorted(totals.items()):
        for unit in _UNITS:
            parts = [row.get(f"{unit}_{state}", 0) for state in ("accepted", "duplicate", "quarantined")]
            what = f"totals.{file}: {unit} accepted + duplicate + quarantined"
            page.same("intake", _SEAL, what, row.get(f"{unit}_in"), sum(parts))
    rows_in: dict[str, int] = {}
    for path, listed in link.content.inputs.items():
        # An import is called payout_results-<sha>; contract files have no hyphen in their names.
        file = PurePosixPath(path).stem.partition("-")[0]
        rows_in[file] = rows_in.get(file, 0) + (listed.rows or 0)
    rows_in.pop("control", None)
    for file in sorted(totals.keys() | rows_in.keys()):
        row = totals.get(file, {})
        page.same("intake", _SEAL, f"totals.{file}: rows_in", rows_in.get(file, 0), row.get("rows_in", 0))
        _check_quarantine(folder / "quarantine" / f"{file}.csv", row.get("rows_quarantined", 0), page)
    page.verification.count(
        "intake", days=1, files=1 + len(rows_in), rows=sum(row.get("rows_in", 0) for row in totals.values()),
        fen=sum(row.get("fen_in", 0) for row in totals.values()),
    )  # fmt: skip


def _check_quarantine(path: Path, expected: int, page: Page) -> None:
    where = f"quarantine/{path.name}"
    if not path.is_file():
        page.same("intake", where, "rows", expected, 0)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = sum(1 for _ in csv.reader(stream)) - 1
    except (OSError, ValueError, csv.Error) as error:
        page.fault("intake", where, "the file", "readable CSV", error)
        return
    page.same("intake", where, "rows", expected, rows)


def check_sealed_controls(controls: pl.DataFrame, page: Page) -> None:
    """No control was sealed that failed, or that says so of figures that differ."""
    failed = controls.filter(~pl.col("ok") | (pl.col("expected") != pl.col("found")))
    page.none("controls", "controls.parquet", "control", failed.select("name", "expected", "found"), "{}", "{}")
    page.verification.count("controls", days=1, files=1, rows=controls.height)
