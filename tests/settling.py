"""Settling small homes in tests without Dagster: the stages of a day at a desk, and their tables as plain rows.

Holds: running days, reading outputs in the columns a test asks for.
Never holds: expected figures.
Neighbour: ``tests/golden`` and ``tests/properties`` compare what it returns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.settings import EngineName
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.desk import Desk

SAID_OF_PAYOUTS = ("payouts/manifest.json", "payouts/upload-sheet.html")


def settle_day(home: Path, day: date, threads: int | None = None, engine: EngineName = "duckdb") -> Path:
    """Settle one day; returns its sealed folder."""
    desk = Desk(Home(home), threads=threads, engine=engine)
    for stage in STAGES:
        desk.stage(stage, day)
    return Home(home).settlement(day)


def settle_all(home: Path, threads: int | None = None, engine: EngineName = "duckdb") -> list[date]:
    """Settle every day that has an export folder."""
    days = Home(home).export_days()
    for day in days:
        settle_day(home, day, threads, engine)
    return days


def content_digest(home: Path, days: Iterable[date]) -> str:
    """sha256 over what the days left for people: the content hash of every table, the hash of every file that a channel
    or a clerk gets. A faster way to the same rows does not change it, nor does what is said of the channel files."""
    digest = hashlib.sha256()
    for day in days:
        seal = Home(home).seal(day)
        assert seal
        for name, listed in sorted(seal.content["outputs"].items()):
            if name in SAID_OF_PAYOUTS:
                continue
            if name.endswith(".parquet") or name.startswith(("payouts/", "quarantine/")):
                digest.update(f"{day} {name} {listed.get('content_sha256') or listed['sha256']}\n".encode())
    return digest.hexdigest()


def rows(home: Path, day: date, table: str, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    """Rows of a sealed table in the columns asked for, sorted; null is shown as ""."""
    frame = pl.read_parquet(Home(home).settlement(day) / f"{table}.parquet", columns=list(columns))
    return sorted(tuple("" if value is None else value for value in row) for row in frame.select(list(columns)).rows())
