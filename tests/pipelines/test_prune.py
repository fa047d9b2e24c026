"""`settle prune`: what goes and what never does, the record, refusals, a kill at any moment, and days settled after it.

Two homes: eight settled days, pruned through the command; and seals made by hand, for what no settled day would name.
Neighbour: ``tests/verification/test_pruned.py`` for what the second opinion says of a pruned home.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assets.foundation.errors import Refused
from assets.foundation.segments import sealed_files
from assets.foundation.store import Home, HomeLock, canonical_json
from assets.pruning import disk, prune, superseded
from assets.verification.home import verify_home
from pipelines.pruning import prune_and_show
from tests.pipelines.homes import (
    D1,
    D2,
    D3,
    EIGHT_DAYS,
    Said,
    contents,
    environment,
    settle,
    settle_days,
    tree,
    write_home,
)
from tests.pipelines.test_command_line import said

DAYS = list(EIGHT_DAYS)
D6, D7, D8 = DAYS[-3:]


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Eight settled days, never changed by a test."""
    home = write_home(tmp_path_factory.mktemp("prune") / "home", EIGHT_DAYS)
    settle_days(home, *DAYS)
    return home


@pytest.fixture
def home(eight: Home, tmp_path: Path) -> Home:
    """A copy of them."""
    shutil.copytree(eight.root, tmp_path / "home")
    return Home(tmp_path / "home")


def command(home: Home, *words: object) -> Said:
    return said("prune", "--home", home.root, *words)


def named(home: Home, *days: date) -> set[str]:
    """State files that the seals of these days name."""
    seals = (json.loads((home.settlement(day) / "manifest.json").read_bytes()) for day in days)
    return {file for seal in seals for file, _ in sealed_files(seal["state"])}


def state_files(home: Home) -> set[str]:
    return {name for name in contents(home.root) if re.match(r"settlements/[^/]+/state/", name)}


def going(eight: Home, keep: int) -> set[str]:
    """What a pruning has to take: all that is not named by the newest days or by the one before them."""
    found = state_files(eight) - named(eight, *DAYS[-keep - 1 :])
    assert found or keep > 6
    return found


def record(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home.root / "pruned.json").read_bytes())
    return found


def bytes_of(told: str, what: str) -> int:
    """The last figure of the line that starts so."""
    line = next(line for line in told.splitlines() if line.startswith(f"{what}: "))
    return int(line.rpartition(" ")[2].replace(",", ""))


# --- what goes ---------------------------------------------------------------------------------------------------


def test_prune_as_a_process(home: Home, eight: Home) -> None:
    before = contents(home.root)
    done = settle("prune", "--home", home.root, "--keep", 2)
    assert (done.code, done.err) == (0, "")
    after = contents(home.root)
    gone = before.keys() - after.keys()
    # Two days, and the state that the first of them started from: D6's. Everything else is there to the byte.
    assert gone == going(eight, 2)
    assert after.keys() - before.keys() == {"pruned.json"}
    assert all(after[name] == before[name] for name in after.keys() - {"pruned.json"})
    lines = done.out.splitlines()
    assert lines[0] == (
        "of 8 settled days the newest 2 keep their state and the one they start from: 2025-11-06 to 2025-11-08"
    )
    orders = [len(before[name]) for name in gone if "/state/orders." in name]
    assert f"pruned: orders: files {len(orders)}, bytes {sum(orders):,}" in lines
    size = sum(len(before[name]) for name in gone)
    assert f"pruned: in all: files {len(gone)}, bytes {size:,}" in lines
    state, left = (sum(len(files[name]) for name in files if "/state/" in name) for files in (before, after))
    assert f"disk: state: bytes before {state:,}, bytes after {left:,}" in lines
    assert state - left == size
    total, now = (sum(map(len, files.values())) for files in (before, after))
    assert lines[-1] == f"disk: in all: bytes before {total:,}, bytes after {now:,}"
    assert "\x1b" not in done.out


def test_a_second_time_nothing_is_left(home: Home) -> None:
    assert command(home, "--keep", 2).code == 0
    before = tree(home.root)
    done = settle("prune", "--home", home.root, "--keep", 2)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1] == "nothing is left to prune"
    assert not re.search(r"^pruned", done.out, re.MULTILINE)
    assert tree(home.root) == before


@pytest.mark.parametrize("keep", range(1, 9))
def test_of_the_newest_days_nothing_goes(eight: Home, keep: int) -> None:
    assert {one.file for one in superseded(eight, keep).files} == going(eight, keep)


def test_thirty_days_keep_their_state_if_nothing_else_is_said(home: Home) -> None:
    before = tree(home.root)
    told = command(home)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[:2] == [
        "all 8 settled days keep their state: 2025-11-01 to 2025-11-08", "nothing is left to prune",
    ]  # fmt: skip
    assert tree(home.root) == before


def test_dry_run_says_the_same_and_touches_nothing(home: Home) -> None:
    before, lock = tree(home.root), HomeLock(home, "settling 2025-11-09", "then")
    dry = command(home, "--keep", 1, "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert tree(home.root) == before
    lock.acquire()
    assert command(home, "--keep", 1, "--dry-run").code == 0  # looking needs no lock
    lock.release()
    wet = command(home, "--keep", 1)
    would = [line.removeprefix("would be ") for line in dry.out.splitlines() if line.startswith("would be pruned")]
    assert would == [line for line in wet.out.splitlines() if line.startswith("pruned")]
    assert len(would) > 10
    for part in ("exports", "outputs", "state"):
        assert bytes_of(dry.out, f"disk: {part}") == bytes_of(wet.out, f"disk: {part}")


def test_disk_by_part(home: Home) -> None:
    (home.root / "outbox").mkdir()
    (home.root / "outbox" / "x").write_bytes(b"12345")
    sizes = {name: len(data) for name, data in contents(home.root).items()}
    (home.root / "exports" / "more").symlink_to(home.root / "settlements")  # links are not followed
    found = disk(home)
    assert found.exports == sum(size for name, size in sizes.items() if name.startswith("exports/"))
    assert found.state == sum(size for name, size in sizes.items() if "/state/" in name)
    assert found.other == sum(size for name, size in sizes.items() if not name.startswith(("exports/", "settlements/")))
    assert sum(asdict(found).values()) == sum(sizes.values())


def test_a_terminal_gets_tables(home: Home, eight: Home) -> None:
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=100, color_system=None)
    prune_and_show(console, home, 2, dry_run=True)
    prune_and_show(console, home, 2, dry_run=False)
    assert re.search(r"Would be pruned +\n +\n Table +Files +Bytes", page.getvalue())
    assert re.search(rf" in all +{len(going(eight, 2))} +[\d,]+ ", page.getvalue())
    assert re.search(r"Part +Bytes before +Bytes after", page.getvalue())


def test_wrong_usage(home: Home, tmp_path: Path) -> None:
    for words in (("--keep", 0), ("--keep", "x"), ("--days", 3)):
        assert command(home, *words).code == 2
    told = said("prune", "--home", tmp_path / "nowhere")
    assert (told.code, told.out) == (1, "")
    assert "no such home" in told.err


def test_a_home_without_a_settled_day(tmp_path: Path) -> None:
    home = write_home(tmp_path / "fresh")
    before = tree(home.root)
    told = command(home)
    assert (told.code, told.out.splitlines()[:2]) == (0, ["no day is settled", "nothing is left to prune"])
    assert tree(home.root) == before


# --- the record --------------------------------------------------------------------------------------------------


def test_the_record_names_every_file_that_went(home: Home, eight: Home) -> None:
    mask = os.umask(0)
    try:
        prune_and_show(Console(file=io.StringIO()), home, 4, dry_run=False)
    finally:
        os.umask(mask)
    first = record(home)
    command(home, "--keep", 2)
    before = contents(eight.root)
    gone = going(eight, 2)
    assert first["files"].keys() == going(eight, 4)
    assert first["files"].items() <= record(home)["files"].items()  # it is added to
    assert record(home) == {
        "format": 1,
        "files": {
            name: {
                "sha256": hashlib.sha256(before[name]).hexdigest(), "bytes": len(before[name]), "newest": "2025-11-08",
                "kept_from": "2025-11-04" if name in first["files"] else "2025-11-06",
            }
            for name in gone
        },
    }  # fmt: skip
    assert (home.root / "pruned.json").read_bytes() == canonical_json(record(home))
    assert (home.root / "pruned.json").stat().st_mode & 0o777 == 0o600


def test_the_record_is_on_disk_before_a_file_goes_and_the_folders_after(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename, unlink = os.fsync, Path.rename, Path.unlink

    def place(path: Path) -> str:
        return path.relative_to(home.root).as_posix()

    def synced(handle: int) -> None:
        done.append("sync " + place(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        done.append(f"rename {place(target)}")
        return rename(self, target)

    def unlinked(self: Path, missing_ok: bool = False) -> None:
        done.append(f"unlink {place(self)}")
        unlink(self, missing_ok)

    lock = HomeLock(home, "pruning", "now")
    lock.acquire()
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(Path, "unlink", unlinked)
    gone = [one.file for one in prune(home, 4).files]
    monkeypatch.undo()
    lock.release()
    assert done[:3] == ["sync .staging/pruned.json", "rename pruned.json", "sync ."]
    assert done[3 : 3 + len(gone)] == [f"unlink {file}" for file in gone]
    assert done[3 + len(gone) :] == [
        f"sync settlements/{day}/state" for day in sorted({file.split("/")[1] for file in gone})
    ]


# --- refusals ----------------------------------------------------------------------------------------------------


def _cut(name: str) -> Callable[[Home], object]:
    def change(home: Home) -> None:
        path = home.root / name
        path.write_bytes(path.read_bytes()[:-2])

    return change


def _gone(name: str) -> Callable[[Home], object]:
    return lambda home: (home.root / name).unlink()


def _spelled(day: date) -> Callable[[Home], object]:
    def change(home: Home) -> None:
        path = home.settlement(day) / "manifest.json"
        path.write_bytes(path.read_bytes() + b"\n")

    return change


def _without_state(day: date) -> Callable[[Home], object]:
    def change(home: Home) -> None:
        path = home.settlement(day) / "manifest.json"
        content = json.loads(path.read_bytes())
        del content["state"]["orders"][0]["sha256"]
        path.write_bytes(canonical_json(content))

    return change


REFUSED: dict[str, tuple[Callable[[Home], object], str]] = {
    "the newest seal is cut short": (_cut(f"settlements/{D8}/manifest.json"), "the seal of 2025-11-08 is damaged"),
    "the newest seal says no state": (_without_state(D8), "the state in the seal of 2025-11-08 is damaged"),
    "the newest seal is gone": (_gone(f"settlements/{D8}/manifest.json"), "2025-11-08: a folder is there without a"),
    "a kept seal is cut short": (_cut(f"settlements/{D7}/manifest.json"), "the seal of 2025-11-07 is damaged"),
    "a kept seal is another": (_spelled(D7), "the seal of 2025-11-07 has sha256"),
    "an old seal is another": (_spelled(D2), "the seal of 2025-11-02 has sha256"),
    "an old day is gone": (lambda home: shutil.rmtree(home.settlement(D2)), "the seal of 2025-11-03 names"),
    "a file of the newest state is gone": (
        _gone(f"settlements/{D8}/state/orders.arrow"), "state/orders.arrow is part of the sealed state of"),
    "a file of the newest state is another": (
        _cut(f"settlements/{D8}/state/orders.arrow"), "state/orders.arrow is not what 2025-11-08 sealed"),
    "the record is damaged": (
        lambda home: (home.root / "pruned.json").write_text('{"format": 2, "files": {}}'),
        "pruned.json: the record of pruned files is damaged: format: Input should be 1"),
    "the record is no file": (lambda home: (home.root / "pruned.json").mkdir(), "cannot be read: Is a directory"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_sure_is_not_pruned(home: Home, name: str) -> None:
    change, why = REFUSED[name]
    change(home)
    before = tree(home.root)
    told = command(home, "--keep", 2)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("refused: ")
    assert why in told.err
    assert tree(home.root) == before


def test_while_another_writer_is_at_work(home: Home) -> None:
    lock = HomeLock(home, "settling 2025-11-09", "then")
    lock.acquire()
    before = tree(home.root)
    told = command(home, "--keep", 2)
    assert (told.code, told.out) == (1, "")
    assert "another settlement is at work: settling 2025-11-09" in told.err
    assert tree(home.root) == before
    lock.release()


def test_a_file_that_is_not_as_sealed_stays_and_is_named(home: Home, eight: Home) -> None:
    name = f"settlements/{D2}/state/orders.arrow"
    _cut(name)(home)
    told = command(home, "--keep", 2)
    assert told.code == 0
    assert "1 more are not what their day sealed and stay; settle verify names them:\n  " + name in told.out
    assert (home.root / name).is_file()
    assert record(home)["files"].keys() == going(eight, 2) - {name}
    again = command(home, "--keep", 2)
    assert name in again.out
    assert "nothing is left" not in again.out
    assert [fault.where for fault in verify_home(home).faults] == [name]


# --- seals made by hand ------------------------------------------------------------------------------------------


def by_hand(root: Path, *states: list[str]) -> Home:
    """A home with a day for each list of state files, from D1; all of them lie there."""
    home, previous = Home(root), None
    for number, files in enumerate(states):
        day = D1 + timedelta(days=number)
        home.settlement(day).mkdir(parents=True, exist_ok=True)
        for file in files:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(file.encode())
        parts = [{"file": file, "rows": 1, "sha256": hashlib.sha256(file.encode()).hexdigest()} for file in files]
        raw = canonical_json({"business_date": str(day), "previous": previous, "state": {"t": parts}})
        (home.settlement(day) / "manifest.json").write_bytes(raw)
        previous = {"business_date": str(day), "sha256": hashlib.sha256(raw).hexdigest()}
    return home


def own(number: int, name: str = "t") -> str:
    return f"settlements/{D1 + timedelta(days=number)}/state/{name}.parquet"


def test_only_state_files_of_the_days_own_folder_ever_go(tmp_path: Path) -> None:
    strange = [
        "exports/2025-11-01/orders.csv", f"settlements/{D1}/orders.parquet", f"settlements/{D1}/state/../x.parquet",
        f"settlements/{D2}/state/u.parquet", f"settlements/{D1}/state/deep/t.parquet", str(tmp_path / "outside"),
    ]  # fmt: skip
    (tmp_path / "home").mkdir()
    home = by_hand(tmp_path / "home", [own(0), *strange], [own(1)], [own(2)], [own(3)])
    assert [one.file for one in superseded(home, 1).files] == [own(0), own(1)]


def test_a_link_is_left_alone(tmp_path: Path) -> None:
    home = by_hand(tmp_path, [own(0)], [own(1)], [own(2)], [own(3)])
    (tmp_path / "elsewhere").write_bytes(b"x")
    (tmp_path / own(0)).unlink()
    (tmp_path / own(0)).symlink_to(tmp_path / "elsewhere")
    assert [one.file for one in superseded(home, 1).files] == [own(1)]


def test_an_old_file_that_is_still_needed_stays(tmp_path: Path) -> None:
    home = by_hand(tmp_path, [own(0)], [own(0), own(1)], [own(0), own(2)], [own(3), own(0)], [own(3), own(0)])
    assert [one.file for one in superseded(home, 1).files] == [own(1), own(2)]


def test_a_day_that_names_what_is_no_text(tmp_path: Path) -> None:
    home = by_hand(tmp_path, [own(0)])
    path = home.settlement(D1) / "manifest.json"
    named_badly = '{"file": "", "sha256": "x", "indexes": {"a": "x"}}'
    for state in ('"x"', "[]", '{"t": [{"file": "x"}]}', '{"t": ["x"]}', '{"t": 1}', f'{{"t": [{named_badly}]}}'):
        path.write_text(f'{{"business_date": "{D1}", "state": {state}}}', encoding="utf-8")
        with pytest.raises(Refused, match="the state in the seal of 2025-11-01 is damaged"):
            superseded(home, 1)


# --- killed ------------------------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from pathlib import Path
at, count = int(sys.argv.pop(1)), 0
def counted(name):
    real = getattr(Path, name)
    def call(self, *args, **more):
        global count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *args, **more)
    setattr(Path, name, call)
counted("rename"), counted("unlink")
from pipelines.cli import main
main()
"""


# Before the record is there; it is and every file too; after some files; before the last.
@pytest.mark.parametrize("moment", ["record", "first", "second", "middle", "last"])
def test_killed_at_any_moment_the_home_is_whole(home: Home, eight: Home, moment: str) -> None:
    files = len(going(eight, 2))
    at = {"record": 1, "first": 2, "second": 3, "middle": files // 2, "last": files + 1}[moment]
    words = [sys.executable, "-c", _KILLED, str(at), "prune", "--home", str(home.root), "--keep", "2"]
    done = subprocess.run(words, check=False, capture_output=True, env=environment(), timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(state_files(home)) + max(at - 2, 0) == len(state_files(eight))
    outcome = verify_home(home)
    assert (outcome.faults, len(outcome.pruned)) == ([], max(at - 2, 0))
    assert command(home, "--keep", 2).code == 0
    assert state_files(home) == named(home, D6, D7, D8)
    assert verify_home(home).clean
    assert record(home)["files"].keys() == going(eight, 2)
    assert not home.staging_root.exists()


# --- a pruned home is as good as another -------------------------------------------------------------------------


@pytest.mark.slow
def test_days_after_a_pruning_have_the_same_bytes(eight: Home, tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", EIGHT_DAYS)
    settle_days(home, *DAYS[:4])
    for day in DAYS[4:]:
        prune_and_show(Console(file=io.StringIO()), home, 1, dry_run=False)
        settle_days(home, day)
        assert contents(home.settlement(day)) == contents(eight.settlement(day)), day
    assert len(record(home)["files"]) > 30


def test_every_day_that_was_kept_can_be_settled_again(home: Home, eight: Home) -> None:
    assert command(home, "--keep", 2).code == 0
    for day in (D7, D8):
        shutil.rmtree(home.settlement(day))
    settle_days(home, D7, D8)
    for day in (D7, D8):
        assert contents(home.settlement(day)) == contents(eight.settlement(day))


def test_other_commands_on_a_pruned_home(home: Home, eight: Home) -> None:
    words: list[tuple[object, ...]] = [
        ("status",), ("check", "--date", D8), ("check", "--date", D7), ("run", "--date", D1), ("run", "--date", D8),
    ]  # fmt: skip
    before = [said(*each, "--home", home.root) for each in words]
    assert [told.code for told in before] == [0] * len(words)
    assert command(home, "--keep", 2).code == 0
    assert [said(*each, "--home", home.root) for each in words] == before
    told = said("check", "--date", D3, "--home", home.root)
    assert (told.code, told.out) == (1, "")
    assert re.fullmatch(
        r"refused: \d+ files of the state that 2025-11-03 started from were pruned; it cannot be looked at again\n",
        told.err,
    )
    # Put back from a backup, the files serve again.
    shutil.copytree(eight.root / "settlements", home.root / "settlements", dirs_exist_ok=True)
    assert said("check", "--date", D3, "--home", home.root).code == 0


def test_verify_says_what_was_pruned(home: Home, eight: Home) -> None:
    assert command(home, "--keep", 2).code == 0
    done = settle("verify", "--home", home.root)
    assert (done.code, done.err) == (0, "")
    gone = going(eight, 2)
    days = {file.split("/")[1] for file in gone}
    told, verdict = done.out.splitlines()[-2:]
    assert told == f"{len(gone)} state files of {len(days)} days were pruned and cannot be looked at"
    assert verdict.startswith("verified: nothing at fault in 8 days, ")
