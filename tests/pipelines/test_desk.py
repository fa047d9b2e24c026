"""The desk: whose progress is heard, and the figures that a stage leaves."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from assets.day import Day
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.stages import STAGES
from assets.steps import Facts
from pipelines.desk import Desk
from tests.pipelines.homes import D1, D2, no_room_beyond, settle_days, tree


def test_progress_of_any_stage_is_heard_under_its_name(home: Home) -> None:
    heard: list[tuple[str, str]] = []
    desk = Desk(home, listener=lambda stage, detail: heard.append((stage, detail)))

    def talks(day: Day) -> Facts:
        day.progress("one half")
        return {}

    for stage in STAGES[:3]:
        desk.stage(replace(stage, run=talks) if stage is not STAGES[0] else stage, D1)
    desk.close()
    begun = [stage for stage, detail in heard if not detail]
    assert begun == [stage.name for stage in STAGES[:3]]
    assert [(stage, detail) for stage, detail in heard if stage != STAGES[0].name] == [
        (stage.name, detail) for stage in STAGES[1:3] for detail in ("", "one half")
    ]


def test_a_stage_says_what_it_is_at(home: Home) -> None:
    heard: dict[str, list[str]] = {}
    desk = Desk(home, listener=lambda stage, detail: heard.setdefault(stage, []).append(detail))
    for stage in STAGES:
        desk.stage(stage, D1)
    assert "queue/layers_left" in heard["queue"]
    assert "reading orders" in heard["exports"]
    assert "state of orders" in heard["orders"]
    rows = desk.finished[[stage.name for stage in STAGES].index("controls")][1].facts["rows"]
    assert f"controls, {rows} rows written" in heard["controls"]


def test_figures_of_every_stage(home: Home) -> None:
    desk = Desk(home)
    for day in (D1, D2):
        for stage in STAGES:
            desk.stage(stage, day)
        assert [name for name, _ in desk.finished] == [stage.name for stage in STAGES]
        done = dict(desk.finished)
        folder = home.settlement(day)
        for stage in STAGES:
            if stage.table:
                assert done[stage.name].bytes_written >= (folder / f"{stage.table}.parquet").stat().st_size > 0
        written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert sum(one.bytes_written for one in done.values()) == written
        assert done["settlement"].bytes_written >= (folder / "manifest.json").stat().st_size
        peaks = [one.peak_memory for one in done.values()]
        assert peaks == sorted(peaks) and peaks[0] > 10_000_000
        assert all(one.seconds > 0 for one in done.values())


def test_a_day_that_fails_leaves_the_stages_it_came_through(home: Home) -> None:
    desk = Desk(home)
    desk.stage(STAGES[0], D1)

    def fails(_: Day) -> Facts:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        desk.stage(replace(STAGES[1], run=fails), D1)
    assert [name for name, _ in desk.finished] == [STAGES[0].name]
    assert not home.staging_root.exists()


@pytest.mark.parametrize("size", [0, 700, 5000])
def test_a_full_disk_is_a_refusal(home: Home, size: int) -> None:
    before = tree(home.root)
    with (
        no_room_beyond(size),
        pytest.raises(Refused, match=r"^2025-11-01 could not be settled: .*File too large.*; nothing was published$"),
    ):
        settle_days(home, D1)
    assert tree(home.root) == before
    settle_days(home, D1)
    assert home.settled_days() == [D1]


def test_a_register_that_finds_no_room_is_made_up_for_later(home: Home) -> None:
    settle_days(home, D1, D2)
    entered = home.issued(D2).read_bytes()
    shutil.rmtree(home.issued_root)
    for size, told in ((0, "could not be made up: .*File too large"), (150, "2025-11-02 issued cannot be written")):
        with no_room_beyond(size), pytest.raises(Refused, match=told):
            Desk(home).make_up(D2)
        assert home.issued_days() == [] and not home.staging_root.exists()
    Desk(home).make_up(D2)
    assert home.issued(D2).read_bytes() == entered


def test_a_disk_without_room_to_spill_is_a_refusal(home: Home) -> None:
    desk = Desk(home, threads=1, memory=60_000_000)

    def spills(day: Day) -> Facts:
        day.engine.query("select count(*) from (select hash(range)::varchar from range(3000000) order by 1)")
        return {}

    desk.stage(STAGES[0], D1)
    with no_room_beyond(100_000), pytest.raises(Refused, match=r"IO Error: .*spill.*File too large; nothing was publ"):
        desk.stage(replace(STAGES[1], run=spills), D1)
    assert not home.staging_root.exists()
