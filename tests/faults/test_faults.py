"""One day of a small home, killed and failed at a sample of its points; all of them: ``python -m tests.faults --all``.

Holds: what is asked of the harness (all points are seen, what is published is on disk) and of Settle after a fault.
Never holds: how faults are dealt or judged.
Neighbour: ``tests/pipelines/test_two_at_once.py`` has two live processes on one home.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from assets.foundation.store import Home
from tests.faults.__main__ import last_line, main
from tests.faults.calls import UNSEEN, WRITES
from tests.faults.oracle import differences, snapshot
from tests.faults.sampling import all_faults, sample
from tests.faults.tracer import KILLS, Fault, Point
from tests.faults.trying import Prepared, Trial, Warm, prepare, try_all, warm_processes

SEED, SAMPLE = 20251103, 5


@pytest.fixture(scope="module")
def warm(ptrace: None) -> Iterator[list[Warm]]:
    with warm_processes(2) as made:
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults").resolve()


@pytest.fixture(scope="module")
def small(warm: list[Warm], folder: Path) -> Prepared:
    return prepare("small", folder / "small", warm[0])


# --- the points ----------------------------------------------------------------------------------------------------


def test_the_day_has_all_that_a_day_can_have(small: Prepared) -> None:
    seal = Home(small.template.parent / "undisturbed").seal(small.day)
    assert seal
    assert seal.content["previous"]
    assert seal.content["sums"]["payouts_net_fen"] > 0
    totals = seal.content["totals"]
    for file in ("refunds", "redemptions", "queue_exits", "payout_results"):
        assert totals[file]["rows_accepted"] > 0, file
    assert sum(one["rows_quarantined"] for one in totals.values()) > 0
    # A segment of the day stands for all that the days before had written of orders: it took theirs in.
    assert [one["file"].split("/")[1] for one in seal.content["state"]["orders"]] == [str(small.day)]
    assert seal.content["state"]["orders"][0]["rows"] > seal.content["outputs"]["orders.parquet"]["rows"]


def test_every_file_of_the_day_is_seen_being_made(small: Prepared) -> None:
    staged = f".staging/{small.day}/"
    made = {point.path for point in small.points if point.call == "open"}
    written = {point.path for point in small.points if point.call in WRITES}
    files = {name for name in small.expected.whole if name not in small.expected.before and not name.endswith("/")}
    names = {name.replace(f"settlements/{small.day}/", staged).replace("issued/", ".staging/") for name in files}
    assert len(names) > 40
    assert names <= made
    assert names <= written
    assert not {point.call for point in small.points} & UNSEEN
    assert not [point for point in small.points if point.path.startswith((".dagster", "exports", "rules"))]


def test_points_have_the_same_names_in_every_run(small: Prepared, warm: list[Warm], folder: Path) -> None:
    shutil.copytree(small.template, folder / "again")
    again = warm[0].settle(folder / "again", small.day, way="desk", traced=True)
    assert set(again.points) == set(small.points)


def unsynced(points: tuple[Point, ...], staged: str, published: str) -> list[str]:
    """What was not brought to disk, in the order that a loss of power asks for, when a day was renamed."""
    renamed = next(at for at, one in enumerate(points) if one.call == "rename" and one.path == published)
    changed: dict[str, int] = {}
    synced: dict[str, int] = {}
    for at, one in enumerate(points[:renamed]):
        if one.path == staged or one.path.startswith(f"{staged}/"):
            if one.call == "fsync":
                synced[one.path] = at
            elif one.call in WRITES:
                changed[one.path] = at
            else:  # a name appears in its folder
                changed[one.path.rpartition("/")[0]] = at
                changed.setdefault(one.path, at)
    changed.pop(staged.rpartition("/")[0], None)  # staging itself need not outlive anything
    late = [name for name, at in changed.items() if synced.get(name, -1) < at]
    after = {one.path for one in points[renamed:] if one.call == "fsync"}
    return late + [name for name in (published.rpartition("/")[0], ".") if name not in after]


def test_what_is_published_is_on_disk(small: Prepared) -> None:
    staged, published = f".staging/{small.day}", f"settlements/{small.day}"
    assert unsynced(small.points, staged, published) == []
    # Each of the calls that bring it there is needed.
    without = tuple(one for one in small.points if one.path != f"{staged}/manifest.json" or one.call != "fsync")
    assert unsynced(without, staged, published) == [f"{staged}/manifest.json"]
    turned = tuple(sorted(small.points, key=lambda one: one.call not in ("fsync", "mkdir")))
    assert len(unsynced(turned, staged, published)) > 50


# --- faults --------------------------------------------------------------------------------------------------------


def at(small: Prepared, call: str, path: str) -> Point:
    """The last call of its kind on a path."""
    return [one for one in small.points if (one.call, one.path) == (call, path)][-1]


def chosen(small: Prepared) -> list[tuple[Fault, str]]:
    """Where it matters most, and what the seed chooses."""
    day = small.day
    rename = at(small, "rename", f"settlements/{day}")
    seal = at(small, "write", f".staging/{day}/manifest.json")
    folder = at(small, "fsync", "settlements")
    lot = at(small, "write", f".staging/{day}/state/lots.arrow")
    return [
        (Fault(rename, "before"), "desk"), (Fault(rename, "after"), "program"), (Fault(seal, "torn"), "cli"),
        (Fault(folder, "EIO"), "cli"), (Fault(lot, "ENOSPC", lasting=True), "desk"),
        *sample(small.points, SEED, SAMPLE),
    ]  # fmt: skip


def test_after_any_fault_the_home_is_at_one_day_or_the_other(small: Prepared, warm: list[Warm], folder: Path) -> None:
    tried = list(try_all(warm, small, chosen(small), folder))
    assert [(str(one.fault), one.way, one.problem) for one in tried if one.problem] == []
    assert {one.stands for one in tried} == {"D-1", "D"}
    stood = {str(one.fault): one.stands for one in tried}
    rename = at(small, "rename", f"settlements/{small.day}")
    assert (stood[f"before@{rename}"], stood[f"after@{rename}"]) == ("D-1", "D")
    assert stood["EIO@fsync:settlements:1"] == "D"
    assert f"{len(tried)} survived" in last_line(small.points, tried)


def test_the_first_day_of_a_home(warm: list[Warm], folder: Path) -> None:
    first = prepare("first", folder / "first", warm[0])
    rename = at(first, "rename", f"settlements/{first.day}")
    faults = [(Fault(rename, "before"), "desk"), (Fault(at(first, "mkdir", "settlements"), "EACCES"), "desk")]
    assert [one.problem for one in try_all(warm, first, faults, folder)] == ["", ""]


def test_harm_is_found(small: Prepared, warm: list[Warm], folder: Path) -> None:
    """A day before that is not what it was makes every trial fail."""
    bent = Prepared(small.name, folder / "bent", small.expected, small.points)
    shutil.copytree(small.template, bent.template)
    report = bent.template / "settlements" / "2025-11-02" / "report.html"
    report.write_text("edited")
    (tried,) = try_all(warm[:1], bent, [(Fault(small.points[0], "before"), "desk")], folder)
    assert tried.problem == "neither D-1 nor D; apart from D-1: settlements/2025-11-02/report.html (other)"


# --- what is left over ---------------------------------------------------------------------------------------------


def litter(home: Path, day: object) -> None:
    """What a dead writer could leave, and worse: a seal and tables of a day that never was, a pipe, a way out."""
    staged = home / ".staging" / str(day)
    sealed = next((home / "settlements").iterdir())
    shutil.copytree(sealed, staged)
    (staged / "manifest.json").write_text(f'{{"business_date": "{day}"}}')
    (staged / "orders.parquet").write_bytes(b"PAR1 half of a table")
    (staged / "state" / "not-known.arrow").write_bytes(b"\0" * 100)
    (staged / "exports").symlink_to(home / "exports")
    (staged / "rules.yaml").symlink_to(home / "rules.yaml")
    os.mkfifo(home / ".staging" / "spill")
    (home / ".staging" / "holder.json").write_text("{")
    (home / ".seen.json").write_text('{"settlements/2025-11-02/balances.parquet": [1, [], null]}')
    (home / ".seen.json.new").write_text('{"half": [')


def test_nothing_left_over_is_read(small: Prepared, warm: list[Warm], folder: Path) -> None:
    home = folder / "littered"
    shutil.copytree(small.template, home)
    litter(home, small.day)
    for said in ("settled in", "was settled before"):  # a settled day is not settled again, but cleared up after
        ran = warm[0].settle(home, small.day)
        assert (ran.code, ran.err) == (0, "")
        assert said in ran.out
        assert differences(snapshot(home), small.expected.whole) == []
        assert not (home / ".staging").exists()
        litter(home, small.day)


# --- choosing ------------------------------------------------------------------------------------------------------


def test_a_seed_chooses_the_same_faults_again(small: Prepared) -> None:
    points = small.points
    assert all_faults(points, 1) == all_faults(points, 1) != all_faults(points, 2)
    assert sample(points, 1, 20) == sample(points, 1, 20) != sample(points, 2, 20)
    assert len(sample(points, 1, 20)) == 20
    faults = [fault for fault, _ in all_faults(points, 1)]
    assert {one.point for one in faults if one.how == "before"} == set(points)
    assert {one.point for one in faults if not one.kills} == set(points)
    assert {one.how for one in faults} == {*KILLS, "ENOSPC", "EIO", "EACCES"}
    assert {way for _, way in all_faults(points, 1)} == {"desk", "cli", "program"}


def test_summary(small: Prepared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault(at(small, "mkdir", f".staging/{small.day}/payouts"), "before")
    found = Trial(fault, "desk", "D-1", "half a day")
    monkeypatch.setattr("tests.faults.__main__.try_all", lambda *_: (one for one in [found]))
    monkeypatch.setattr("tests.faults.__main__.prepare", lambda *_: small)
    monkeypatch.setattr("tests.faults.__main__.warm_processes", lambda _: nullcontext([None]))
    assert main(["--fault", str(fault), "--way", "desk"]) == 1
    out = capsys.readouterr().out
    assert f"half a day\n    python -m tests.faults --home small --fault '{fault}' --way desk\n" in out
    assert f"{len(small.points)} points (" in out
    assert re.search(r"mkdir .*\.staging/ .* 1 .* 0 .* 0 .* 0 .* 0 .* 1 ", out)
    assert "1 faults tried (1 desk), 0 survived" in out
