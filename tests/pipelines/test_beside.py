"""Long segments of the state are written beside what follows: the same files, counted and refused all the same."""

from __future__ import annotations

import errno
import os
import shutil
import time
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from assets.foundation import state
from assets.foundation.errors import Refused
from assets.foundation.segments import Segment
from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.desk import Desk

CASE = Path(__file__).resolve().parents[1] / "cases" / "schemes-all"
DAYS = [date(2026, 9, day) for day in (1, 2, 3, 4)]
LAST = DAYS[-1]  # the first with tickets


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """All schemes, with exports of twenty days."""
    return Home(shutil.copytree(CASE, tmp_path / "home", ignore=shutil.ignore_patterns("expected")))


def beside(patch: pytest.MonkeyPatch) -> None:
    """From the first row on segments are written as those of large days are."""
    patch.setattr(state, "_FEW", 0)


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


def test_files_written_beside_count_with_the_stage_that_sees_their_end(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(home, DAYS[:-1])
    beside(monkeypatch)
    write, held = state.write_segment, Event()

    def waits(*args: Any) -> Segment:
        segment = write(*args)
        assert held.wait(60)
        return segment

    monkeypatch.setattr(state, "write_segment", waits)
    desk, done = Desk(home), {}
    for stage in STAGES:
        if stage is STAGES[-1]:
            held.set()
        done[stage.name] = desk.stage(stage, LAST).bytes_written
    folder = home.settlement(LAST)
    kept = sum(path.stat().st_size for path in (folder / "state").iterdir())
    tables = ("orders", "tickets", "claims", "lots")
    assert [done[name] for name in tables] == [(folder / f"{name}.parquet").stat().st_size for name in tables]
    assert done["settlement"] == kept + (folder / "manifest.json").stat().st_size
    assert sum(done.values()) == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_fault_in_what_is_written_beside_stops_the_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(home, DAYS[:-1])
    beside(monkeypatch)

    def full(*_: Any) -> Segment:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, "write_segment", full)
    desk, before, ended = Desk(home), os.umask(0o022), []
    try:
        with pytest.raises(Refused, match="No space left on device; nothing was published"):
            for stage in STAGES:
                desk.stage(stage, LAST)
                ended.append(stage.name)
                time.sleep(0.2)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert "exports" not in ended or "orders" not in ended  # it is seen at once, not only before the seal
    assert desk.day is None and not home.staging_root.exists() and not home.is_settled(LAST)
