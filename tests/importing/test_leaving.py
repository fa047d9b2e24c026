"""Results that are left for a day: what the file says, where and how it is put there, what is refused."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from assets.exports.contract import EXPORTS
from assets.exports.parsing import parse
from assets.exports.reading import find_imports, read_sheet
from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from assets.importing.leaving import LEFT, leave_results
from tests.importing.homes import D5, D6
from tests.pipelines.homes import D1, D4, another_group, disk_steps, settle_days, tree

DIGEST = "ab" * 32
ROWS = [
    ("P1", "paid", 2400, "", datetime(2025, 11, 3, 9)),
    ("P2", "failed", 5, 'shut, "for good"', datetime(2025, 11, 3, 9, 0, 0, 1500)),
    ("a,b", "returned", 100_000_000_000_000, "two\nlines\0" + "x" * 500, datetime(2025, 11, 3)),
    ('"', "paid", 0, "", None),
]
TEXT = (
    "payout_id,status,amount,reason,at\n"
    "P1,paid,24.00,,2025-11-03T09:00:00\n"
    'P2,failed,0.05,"shut, ""for good""",2025-11-03T09:00:00.001500\n'
    f'"a,b",returned,1000000000000.00,two lines {"x" * 490},2025-11-03T00:00:00\n'
    '"""",paid,0.00,,\n'
)


def rows(*some: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(some or ROWS, schema=LEFT, orient="row")


@contextmanager
def held(home: Home) -> Iterator[Home]:
    lock = HomeLock(home, "importing", "now")
    lock.acquire()
    try:
        yield home
    finally:
        lock.release()


def test_the_file_says_what_was_left_and_the_day_reads_it(home: Home) -> None:
    with held(home):
        path = leave_results(home, D4, DIGEST, rows())
    assert path == home.root / "imports" / "2025-11-04" / f"payout_results-{DIGEST}.csv"
    assert path.read_text(encoding="utf-8") == TEXT
    assert find_imports(home.root, D4) == [path]
    sheet = read_sheet(EXPORTS["payout_results"], path, home.root, "Asia/Shanghai").frame
    text = sheet.rename(lambda name: name.removeprefix("o:")).with_row_index("at_row").cast({"at_row": pl.Int64})
    parsed = parse(EXPORTS["payout_results"], text, D4, "Asia/Shanghai")
    assert parsed.sound.drop("at_row").rows() == ROWS[:2]
    assert parsed.faults.select("at_row", "reason").rows() == [(3, "missing_value"), (2, "bad_id")]


def test_the_same_again_does_nothing_and_other_content_is_refused(home: Home) -> None:
    with held(home):
        leave_results(home, D4, DIGEST, rows())
        before = tree(home.root)
        assert leave_results(home, D4, DIGEST, rows()).is_file()
        with pytest.raises(Refused, match=r"payout_results-(ab){32}\.csv: other content is there already"):
            leave_results(home, D4, DIGEST, rows(*ROWS[:1]))
        assert tree(home.root) == before


def test_a_link_of_that_name_is_not_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(TEXT, encoding="utf-8")
    home.imports(D4).mkdir(parents=True)
    (home.imports(D4) / f"payout_results-{DIGEST}.csv").symlink_to(tmp_path / "elsewhere.csv")
    with held(home), pytest.raises(Refused, match="other content is there"):
        leave_results(home, D4, DIGEST, rows())


def test_a_settled_day_takes_nothing_more(home: Home) -> None:
    with held(home):
        before = tree(home.root)
        with pytest.raises(Refused, match=r"^2025-11-01 is settled already; results come with a later day$"):
            leave_results(home, D1, DIGEST, rows())
        assert tree(home.root) == before


def test_what_was_left_before_the_day_was_settled_is_left(home: Home) -> None:
    with held(home):
        leave_results(home, D4, DIGEST, rows(*ROWS[:1]))
    settle_days(home, D4)
    with held(home):
        assert leave_results(home, D4, DIGEST, rows(*ROWS[:1])).is_file()


@pytest.mark.parametrize("digest", ["", "ab", "../" + "ab" * 31, "AB" * 32, "ab" * 32 + "\n"])
def test_a_name_that_is_no_digest(home: Home, digest: str) -> None:
    with held(home), pytest.raises(ValueError, match="is no sha256 in hex"):
        leave_results(home, D4, digest, rows())


def test_an_amount_below_zero(home: Home) -> None:
    with held(home), pytest.raises(ValueError, match="an amount is negative"):
        leave_results(home, D4, DIGEST, rows(("P1", "paid", -1, "", None)))


def test_it_is_on_disk_before_it_has_its_name(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(home):
        done = disk_steps(monkeypatch, home.root)
        leave_results(home, D4, DIGEST, rows())
    name = f"payout_results-{DIGEST}.csv"
    assert done == [
        "sync .", "sync imports",
        f"sync .staging/{name}", f"rename imports/2025-11-04/{name}", "sync imports/2025-11-04",
    ]  # fmt: skip


def test_a_disk_that_is_full(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with held(home):
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(Refused, match=r"\.csv: cannot be written \(No space left on device\)$"):
            leave_results(home, D4, DIGEST, rows())
    assert find_imports(home.root, D4) == []


def modes(home: Home) -> set[tuple[str, int, int]]:
    found = [home.imports_root, *home.imports_root.rglob("*")]
    return {(path.name[:3], stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) for path in found}


def test_the_rights_of_the_home(home: Home) -> None:
    mask = os.umask(0)
    try:
        with another_group() as group:
            (home.root / "settings.yaml").write_text(f"group: {group.gr_name}\n")
            with held(home):
                leave_results(home, D5, DIGEST, rows())
            gid = group.gr_gid
            assert modes(home) == {("imp", 0o2750, gid), ("202", 0o2750, gid), ("pay", 0o640, gid)}
        (home.root / "settings.yaml").unlink()
        with held(home):
            leave_results(home, D6, DIGEST, rows())
        assert stat.S_IMODE(home.imports(D6).stat().st_mode) & 0o777 == 0o700
    finally:
        os.umask(mask)
