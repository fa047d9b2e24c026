"""Large tables are written beside what follows them: the same files, counted and refused as if in their turn."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.outputs import Output
from assets.stages import STAGES
from pipelines.desk import Desk

CASE = Path(__file__).resolve().parents[1] / "cases" / "schemes-all"
DAYS = [date(2026, 9, day) for day in (1, 2, 3, 4)]
LAST = DAYS[-1]  # the first with tickets
FROM_ROWS = ("assets.day.FEW", "assets.foundation.state.FEW")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """All schemes, with exports of twenty days."""
    return Home(shutil.copytree(CASE, tmp_path / "home", ignore=shutil.ignore_patterns("expected")))


def beside(patch: pytest.MonkeyPatch) -> None:
    """From the first row on tables are written as those of large days are."""
    for name in FROM_ROWS:
        patch.setattr(name, 0)


def settle(home: Home, days: list[date]) -> None:
    desk = Desk(home)
    for day in days:
        for stage in STAGES:
            desk.stage(stage, day)


def seals(home: Home) -> list[dict[str, Any]]:
    """What days say of their files, once settled."""
    settle(home, DAYS)
    found = [home.seal(day) for day in DAYS]
    return [{name: seal.content[name] for name in ("outputs", "state")} for seal in found if seal]


def test_what_is_written_beside_is_what_is_written_in_its_turn(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Home(shutil.copytree(home.root, tmp_path / "other"))
    expected = seals(home)
    beside(monkeypatch)
    assert seals(other) == expected
    modes = {path.stat().st_mode & 0o777 for path in (other.root / "settlements").rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_lots_and_tickets_are_begun_as_soon_as_they_are_final(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(home, DAYS[:-1])
    beside(monkeypatch)
    desk, begun, done = Desk(home), {}, {}
    for stage in STAGES:
        done[stage.name] = desk.stage(stage, LAST)
        begun[stage.name] = set(desk.day.begun) if desk.day else set()
    assert [begun[name] for name in ("referral", "queue", "green", "circular")] == [
        set(), {"tickets"}, {"tickets"}, {"tickets", "lots"},
    ]  # fmt: skip
    assert (begun["rewards"], begun["tickets"], begun["lots"]) == ({"tickets", "lots"}, {"lots"}, set())
    folder = home.settlement(LAST)
    for name, files in (("tickets", 5), ("lots", 1)):  # the state has a table and three indexes of tickets
        own = [folder / f"{name}.parquet", *folder.glob(f"state/{name}.*")]
        assert len(own) == files
        assert done[name].bytes_written >= sum(path.stat().st_size for path in own)
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert sum(one.bytes_written for one in done.values()) == written


def test_a_fault_in_what_is_written_beside_stops_the_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(home, DAYS[:-1])
    beside(monkeypatch)
    check = Output.check

    def full(output: Output, part: pl.DataFrame) -> pl.DataFrame:
        if output.name == "tickets":
            raise OSError(errno.ENOSPC, "No space left on device")
        return check(output, part)

    monkeypatch.setattr(Output, "check", full)
    desk, before = Desk(home), os.umask(0o022)
    try:
        with pytest.raises(Refused, match="No space left on device; nothing was published"):
            for stage in STAGES:
                desk.stage(stage, LAST)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert desk.day is None and not home.staging_root.exists() and not home.is_settled(LAST)
