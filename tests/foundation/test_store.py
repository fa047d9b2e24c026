"""The home on disk: the chain of seals, one writer, staging that is never read, stable bytes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from assets.foundation.errors import Refused
from assets.foundation.files import content_sha256
from assets.foundation.segments import sealed_files
from assets.foundation.store import (
    Home,
    HomeLock,
    Seal,
    canonical_json,
    clear_leftovers,
    parse_day,
    publish,
    sha256_file,
    sync_tree,
)
from assets.outputs import OUTPUTS
from assets.stages import STAGES
from pipelines.desk import Desk
from tests.pipelines.homes import (
    D1,
    D2,
    D3,
    D4,
    DAYS,
    as_parquet,
    contents,
    disk_steps,
    environment,
    no_room_beyond,
    settle_days,
    tree,
    write_home,
)  # fmt: skip

OCTOBER = date(2025, 10, 31)


def manifest(home: Home, day: date) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home.settlement(day) / "manifest.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Four settled days; read only."""
    home = write_home(tmp_path_factory.mktemp("store") / "home")
    settle_days(home, *DAYS, threads=1)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return write_home(tmp_path / "home")


# --- names and spellings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2026-11-1", "20261101", "2026-02-30", "2026-11-01 ", "x2026-11-01", "２０２６-11-01", ""]
)
def test_what_is_no_day(text: str) -> None:
    assert parse_day(text) is None


def test_days_of_a_home(home: Home) -> None:
    for name in ("2025-11-31", "notes", "2025-10-30.old"):
        (home.root / "exports" / name).mkdir()
    (home.root / "exports" / "2025-10-29").write_text("a file")
    assert home.export_days() == [D1, D2, D3, D4]
    home.settlement(D2).mkdir(parents=True)
    assert home.settled_days() == []  # without a manifest it is not settled
    (home.settlement(D2) / "manifest.json").write_text("{}")
    assert home.settled_days() == [D2]


def test_canonical_json() -> None:
    assert canonical_json({"b": [1, None], "a": "店"}) == '{\n "a": "店",\n "b": [\n  1,\n  null\n ]\n}\n'.encode()


# --- seals -------------------------------------------------------------------------------------------------------


def test_every_seal_names_the_one_before(settled: Home) -> None:
    assert manifest(settled, D1)["previous"] is None
    for before, day in ((D1, D2), (D2, D3), (D3, D4)):
        digest = sha256_file(settled.settlement(before) / "manifest.json")
        assert manifest(settled, day)["previous"] == {"business_date": str(before), "sha256": digest}
        seal = settled.seal(before)
        assert seal
        assert seal.sha256 == digest


@pytest.mark.parametrize("day", DAYS)
def test_manifest_lists_every_file_with_its_hash(settled: Home, day: date) -> None:
    folder, sealed = settled.settlement(day), manifest(settled, day)
    own = f"settlements/{day}/"
    state = dict(sealed_files(sealed["state"]))
    listed = {name: one["sha256"] for name, one in sealed["outputs"].items()}
    listed |= {file.removeprefix(own): sha256 for file, sha256 in state.items() if file.startswith(own)}
    found = {name: hashlib.sha256(data).hexdigest() for name, data in contents(folder).items()}
    found.pop("manifest.json")
    assert listed == found
    assert all(one["bytes"] == (folder / name).stat().st_size for name, one in sealed["outputs"].items())
    said = {"report.html", "report.json", "report.xlsx"}
    assert {name for name in found if "/" not in name} == {f"{name}.parquet" for name in OUTPUTS} | said
    # Older parts of the state are still what their seal says.
    assert state == {file: sha256_file(settled.root / file) for file in state}


def test_manifest_says_what_the_tables_hold(settled: Home) -> None:
    import polars as pl

    sealed = manifest(settled, D2)
    for name in OUTPUTS:
        frame, one = pl.read_parquet(settled.settlement(D2) / f"{name}.parquet"), sealed["outputs"][f"{name}.parquet"]
        assert (one["rows"], one["content_sha256"]) == (frame.height, content_sha256(frame)), name
    assert sealed["sums"] == {
        "orders_kept_fen": 9000 + 8000 + 8000, "payouts_gross_fen": 2400, "payouts_tax_fen": 0, "payouts_net_fen": 2400,
    }  # fmt: skip
    inputs = {name.removeprefix("exports/2025-11-02/"): one["rows"] for name, one in sealed["inputs"].items()}
    assert inputs == {"orders.csv": 3, "refunds.csv": 1}
    for name, one in sealed["inputs"].items():
        assert one["sha256"] == sha256_file(settled.root / name)
    assert sealed["rules"]["sha256"] == sha256_file(settled.rules_file)
    assert (sealed["rules"]["version"], list(sealed["rules"]["versions"])) == ("launch", ["launch"])
    writers = ("settle", "duckdb", "polars", "pyarrow", "jinja2", "vl-convert-python", "xlsxwriter", "lxml")
    assert sealed["software"] == {name: version(name) for name in writers}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"business_date": "2025-11-02"}', "\x00"])
def test_a_damaged_seal_is_never_taken_for_a_missing_one(home: Home, text: str) -> None:
    home.settlement(D1).mkdir(parents=True)
    (home.settlement(D1) / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"manifest\.json: the seal"):
        home.seal(D1)
    with pytest.raises(Refused, match=r"manifest\.json: the seal"):
        home.require_turn(D2)


# --- publishing --------------------------------------------------------------------------------------------------


def stage(home: Home, day: date) -> Path:
    folder = home.staging_root / str(day)
    folder.mkdir(parents=True)
    (folder / "table").write_text("rows")
    return folder


def seal(home: Home, day: date, previous: Seal | None) -> Seal:
    return publish(home, day, stage(home, day), {"business_date": str(day)}, previous)


def test_publish(home: Home) -> None:
    first = seal(home, D1, None)
    assert contents(home.settlement(D1)) == {
        "table": b"rows",
        "manifest.json": b'{\n "business_date": "2025-11-01"\n}\n',
    }
    assert home.seal(D1) == first
    assert not (home.staging_root / str(D1)).exists()
    assert seal(home, D2, first) == home.seal(D2)


def test_publish_refuses_when_the_seal_before_changed(home: Home) -> None:
    first = seal(home, D1, None)
    (home.settlement(D1) / "manifest.json").write_text('{"business_date": "2025-11-01"}')
    with pytest.raises(Refused, match="the seal of 2025-11-01 changed while 2025-11-02 was being settled"):
        seal(home, D2, first)
    assert home.settled_days() == [D1]


def test_publish_refuses_when_a_day_before_appeared_or_vanished(home: Home) -> None:
    first = seal(home, D1, None)
    with pytest.raises(Refused, match="the seal of 2025-11-01 changed"):
        seal(home, D2, None)
    (home.settlement(D1) / "manifest.json").unlink()
    (home.staging_root / str(D2) / "manifest.json").unlink()
    with pytest.raises(Refused, match="the seal of 2025-11-01 changed"):
        publish(home, D2, home.staging_root / str(D2), {}, first)


def test_publish_refuses_a_folder_that_is_there(home: Home) -> None:
    home.settlement(D1).mkdir(parents=True)
    with pytest.raises(Refused, match="2025-11-01: a folder is there already"):
        seal(home, D1, None)
    assert contents(home.settlement(D1)) == {}


def test_everything_is_on_disk_before_it_is_renamed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = disk_steps(monkeypatch, home.root)
    seal(home, D1, None)
    at = done.index("rename settlements/2025-11-01")
    staged = ".staging/2025-11-01"
    assert sorted(done[:at]) == sorted(f"sync {staged}{name}" for name in ("", "/manifest.json", "/table"))
    assert done[at - 1] == f"sync {staged}"
    assert done[at + 1 :] == ["sync settlements", "sync ."]


def test_sync_goes_through_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_text("x")
    count = []
    monkeypatch.setattr(os, "fsync", count.append)
    sync_tree(tmp_path)
    assert len(count) == 4


# --- staging and the one writer ----------------------------------------------------------------------------------


def test_leftover_staging_is_removed_and_never_read(home: Home, settled: Home) -> None:
    for day in (D1, D2):
        (home.staging_root / str(day) / "state").mkdir(parents=True)
        (home.staging_root / str(day) / "manifest.json").write_text('{"business_date": "2025-11-01"}')
        (home.staging_root / str(day) / "state" / "orders.arrow").write_text("half")
    assert home.settled_days() == []
    settle_days(home, D1)
    assert not home.staging_root.exists()
    assert contents(home.settlement(D1)) == contents(settled.settlement(D1))


@pytest.mark.parametrize("until", [1, 5, len(STAGES) - 1])
def test_a_day_that_is_given_up_leaves_nothing(home: Home, until: int) -> None:
    before = tree(home.root)
    desk = Desk(home)
    for stage in STAGES[:until]:
        desk.stage(stage, D1)
    assert home.staging_root.exists()
    desk.close()
    assert tree(home.root) == before


_HOLDER = """
import sys, time
from pathlib import Path
from assets.foundation.store import Home, HomeLock
HomeLock(Home(Path(sys.argv[1])), "settling 2025-11-01", "2025-11-02T02:00:00+00:00").acquire()
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def holder(home: Home) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the home."""
    words = [sys.executable, "-c", _HOLDER, str(home.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_writer_is_refused_with_the_name_of_the_first(home: Home) -> None:
    with holder(home) as other:
        before = tree(home.root)
        with pytest.raises(Refused) as refused:
            settle_days(home, D1)
        assert str(refused.value) == (
            f"{home.root}: another settlement is at work: settling 2025-11-01, process {other.pid},"
            " since 2025-11-02T02:00:00+00:00"
        )
        assert tree(home.root) == before  # its staging is not touched
        assert home.staging_root.is_dir()


def test_a_killed_holder_does_not_block(home: Home) -> None:
    with holder(home) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert home.staging_root.is_dir()  # nobody cleared up
        settle_days(home, D1)
    assert home.settled_days() == [D1]
    assert not home.staging_root.exists()


def test_lock_within_one_process(home: Home) -> None:
    first, second = HomeLock(home, "one", "then"), HomeLock(home, "two", "now")
    first.acquire()
    with pytest.raises(Refused, match=rf"at work: one, process {os.getpid()}, since then$"):
        second.acquire()
    second.release()  # it holds nothing, so nothing is given back
    assert home.staging_root.is_dir()
    (home.staging_root / "holder.json").write_text("{")
    with pytest.raises(Refused, match=r"another settlement is at work$"):
        second.acquire()
    first.release()
    first.release()
    assert not home.staging_root.exists()
    second.acquire()
    second.release()


def test_a_lock_that_cannot_note_its_holder_is_given_back(home: Home) -> None:
    lock = HomeLock(home, "one", "then")
    with no_room_beyond(0), pytest.raises(OSError, match="File too large"):
        lock.acquire()
    other = HomeLock(home, "two", "now")
    other.acquire()
    other.release()


def test_staging_that_cannot_be_cleared_is_said_and_the_lock_given_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.staging_root / "2025-11-01").mkdir(parents=True)

    def stuck(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "2025-11-01")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", stuck)
        with pytest.raises(PermissionError, match="2025-11-01"):
            HomeLock(home, "one", "then").acquire()
    other = HomeLock(home, "two", "now")
    other.acquire()
    other.release()
    assert not home.staging_root.exists()


def test_leftovers_are_cleared_unless_a_writer_is_at_work(home: Home) -> None:
    clear_leftovers(home)
    assert not home.staging_root.exists()
    with holder(home) as other:
        before = tree(home.root)
        clear_leftovers(home)
        assert tree(home.root) == before
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert tree(home.root) == before
        clear_leftovers(home)
    assert not home.staging_root.exists()


def test_of_many_who_want_the_home_one_gets_it(home: Home) -> None:
    locks = [HomeLock(home, str(number), "now") for number in range(8)]
    refused: list[Refused] = []
    start = threading.Barrier(len(locks))

    def want(lock: HomeLock) -> None:
        start.wait()
        try:
            lock.acquire()
        except Refused as no:
            refused.append(no)

    threads = [threading.Thread(target=want, args=(lock,)) for lock in locks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(locks) - 1
    for lock in locks:
        lock.release()


def test_no_home(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nowhere: no such home"):
        HomeLock(Home(tmp_path / "nowhere"), "x", "now").acquire()


# --- whose turn it is --------------------------------------------------------------------------------------------


def test_turns(settled: Home, home: Home) -> None:
    assert home.require_turn(D1) is None
    with pytest.raises(Refused, match=r"settle run --from 2025-11-01 --to 2025-11-02$"):
        home.require_turn(D2)
    with pytest.raises(Refused, match="2025-11-04 is settled already"):
        settled.require_turn(D4)
    with pytest.raises(Refused, match="2025-10-31: no export folder"):
        settled.require_turn(OCTOBER)


def test_turn_within_settled_days(settled: Home, home: Home) -> None:
    first = seal(home, D1, None)
    assert home.require_turn(D2) == first
    (home.root / "exports" / str(OCTOBER)).mkdir()
    with pytest.raises(Refused, match="2025-10-31 lies before the first settled day 2025-11-01"):
        home.require_turn(OCTOBER)
    with pytest.raises(
        Refused, match="Settle the days from 2025-11-02 first: settle run --from 2025-11-02 --to 2025-11-04"
    ):
        home.require_turn(D4)


# --- the same day, the same bytes --------------------------------------------------------------------------------


def test_two_homes_and_two_numbers_of_threads_give_the_same_bytes(settled: Home, home: Home) -> None:
    settle_days(home, *DAYS, threads=2)
    assert contents(home.root / "settlements") == contents(settled.root / "settlements")


@pytest.mark.parametrize("shuffled", [False, True], ids=["parquet", "shuffled parquet"])
def test_parquet_gives_the_same_tables_as_csv(settled: Home, home: Home, shuffled: bool) -> None:
    for day, files in DAYS.items():
        for name in files:
            # Which row of a file counts, and the row numbers of quarantine, follow from its order.
            if name.startswith(("orders", "refunds")) and day != D1 and len(files[name].splitlines()) > 1:
                as_parquet(home.exports(day) / name, shuffled=shuffled)
    settle_days(home, *DAYS)
    same_tables(home, settled)


def test_shuffled_rows_give_the_same_tables(settled: Home, home: Home) -> None:
    for day, files in DAYS.items():
        for name in files:
            path = home.exports(day) / name
            head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
            path.write_text(head + "".join(reversed(rows)), encoding="utf-8")
    settle_days(home, *DAYS)
    same_tables(home, settled, quarantine=False)


def same_tables(home: Home, other: Home, *, quarantine: bool = True) -> None:
    """All files equal, but for the manifest, by its inputs and the chain, and for row numbers in quarantine."""
    for day in DAYS:
        one, two = contents(home.settlement(day)), contents(other.settlement(day))
        assert one.keys() == two.keys()
        differ = {name for name in one if one[name] != two[name]}
        assert differ <= {"manifest.json"} | (set() if quarantine else {n for n in one if "quarantine/" in n})
        ours, theirs = manifest(home, day), manifest(other, day)
        apart = {key for key in ours if ours[key] != theirs[key]}
        assert apart <= {"inputs", "previous", "outputs"}
        tables = {name for name, was in ours["outputs"].items() if was != theirs["outputs"][name]}
        assert tables <= differ
