"""Sealed days computed again: equal to the byte, or the difference is named by file, table, row and both values.

Neighbour: ``test_tampering.py``, for faults that the first look finds without computing anything.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from assets.foundation.files import write_parquet
from assets.foundation.store import Home
from assets.pruning import prune
from assets.verification.rerun import Difference, compare_day
from pipelines.rerunning import Rerun, rerun_and_show, rerun_day
from tests.pipelines.homes import (
    BIN,
    D1,
    D2,
    D3,
    D4,
    DAYS,
    EIGHT_DAYS,
    LATER_VERSION,
    RULES,
    environment,
    settle,
    settle_days,
    tree,
    write_home,
)
from tests.verification.conftest import Forger


def rerun(home: Home, day: date) -> Rerun:
    return rerun_day(home, day, lambda _: None)


def only(forger: Forger, settled: Home, day: date) -> Difference:
    """The one difference of a day that was tampered with, beside the seal's, which follows from it.

    A day that is computed again is equal to the byte (below), so the settled home stands for it.
    """
    seal = settled.seal(day)
    assert seal
    found = compare_day(forger.home, settled, seal, {}).differences
    others = [one for one in found if one.file != "manifest.json"]
    assert len(others) == 1, found
    return others[0]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own: what is left in it is seen."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


# --- days that are as they were sealed -------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [D1, D4])
def test_a_day_again_is_equal_to_the_byte_and_the_home_is_left_alone(settled: Home, temporary: Path, day: date) -> None:
    before = tree(settled.root)
    found = rerun(settled, day)
    assert (found.same, found.software, found.why_not) == (True, "", "")
    named = [path for path in settled.settlement(day).rglob("*") if path.is_file()]
    assert found.compared.files == len(named) > 15
    assert tree(settled.root) == before
    assert list(temporary.iterdir()) == []


def test_the_scratch_home_is_for_its_owner_and_names_what_it_reads(settled: Home, temporary: Path) -> None:
    seen: dict[str, tuple[int, int, str]] = {}
    links: set[str] = set()

    def look(stage: str) -> None:
        if stage.startswith("report"):
            folder = next(temporary.iterdir())
            links.update(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink())
            seen.update(tree(temporary))

    assert rerun_day(settled, D3, look).same
    assert next(iter(seen.values()))[0] & 0o777 == 0o700
    # The first day issued nothing.
    days = {"settlements/2025-11-01", "settlements/2025-11-02"}
    assert links == {"exports/2025-11-03", "issued/2025-11-02.csv", *days}


@pytest.mark.slow
def test_a_day_of_quarantine_that_was_accepted(tmp_path: Path) -> None:
    bad = "OB,1,A,nowhere,P1,40.00,1,0,2025-11-01T12:30:00\n"
    first = {**DAYS[D1], "orders.csv": DAYS[D1]["orders.csv"] + bad}
    home = write_home(tmp_path / "home", {**DAYS, D1: first})
    words = ("--date", D1, "--accept-quarantine", "the shop 店 knows")
    assert settle("run", "--home", home.root, *words).code == 0
    assert rerun(home, D1).same


@pytest.mark.slow
def test_results_that_were_imported(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    folder = home.root / "imports" / str(D3)
    folder.mkdir(parents=True)
    taken = home.exports(D3) / "payout_results.csv"
    (folder / "payout_results-1.csv").write_text(taken.read_text(encoding="utf-8"), encoding="utf-8")
    taken.unlink()
    settle_days(home, D1, D2, D3)
    assert rerun(home, D3).same
    (folder / "payout_results-2.csv").write_text("payout_id,status,amount,reason,at\n", encoding="utf-8")
    assert "imports/2025-11-03/payout_results-2.csv was not there when the day was settled" in rerun(home, D3).why_not


def test_versions_that_were_added_since_are_no_difference(forger: Forger) -> None:
    forger.home.rules_file.write_text("# more to come\n" + RULES + LATER_VERSION, encoding="utf-8")
    assert rerun(forger.home, D2).same


# --- differences -----------------------------------------------------------------------------------------------------


def test_a_row_that_was_changed_and_sealed_anew(forger: Forger) -> None:
    forger.table(D2, "lots", pl.col("order_id") == "O2", left=pl.col("left") - 7)
    found = rerun(forger.home, D2)
    row = pl.read_parquet(forger.path(D2, "lots.parquet")).row(by_predicate=pl.col("order_id") == "O2", named=True)
    told, seal = found.compared.differences
    assert told == Difference(
        "lots.parquet", "1 rows by key, the first lot_id 'points/O2'", f"left {row['left']}", f"left {row['left'] + 7}"
    )
    assert (seal.file, seal.what) == ("manifest.json", "3 keys")  # its bytes and two hashes
    assert not found.same and found.why_not == ""


def test_a_row_more_a_row_less_and_rows_in_another_order(forger: Forger, settled: Home) -> None:
    path = forger.path(D2, "tickets.parquet")
    rows = pl.read_parquet(path)
    last = rows.tail(1).with_columns(ticket_no=pl.lit(99, pl.Int64()))
    write_parquet(pl.concat([rows, last]), path)
    key = f"queue_id '{last['queue_id'][0]}', ticket_no 99"
    assert only(forger, settled, D2) == Difference(
        "tickets.parquet", f"1 rows by key, the first {key}", "the row", "no such row"
    )
    write_parquet(rows.tail(-1), path)
    assert (only(forger, settled, D2).sealed, only(forger, settled, D2).again) == ("no such row", "the row")
    write_parquet(rows.reverse(), path)
    assert only(forger, settled, D2).what == "order or number of equal rows"
    write_parquet(rows.rename({"behind": "before"}), path)
    assert only(forger, settled, D2).what == "columns"
    path.write_bytes(b"PAR1")
    assert only(forger, settled, D2).what == "the table"
    path.unlink()
    assert only(forger, settled, D2) == Difference("tickets.parquet", "the file", "no such file", "there")


def test_files_more(forger: Forger, settled: Home) -> None:
    forger.path(D2, "payouts/more.csv").write_text("x", encoding="utf-8")
    assert only(forger, settled, D2) == Difference("payouts/more.csv", "the file", "there", "no such file")


def test_names_and_accounts_are_not_shown(forger: Forger, settled: Home) -> None:
    path = forger.path(D1, "state/accounts.parquet")
    rows = pl.read_parquet(path)
    who = rows["member_id"][0]
    changed = pl.when(pl.col("member_id") == who).then(pl.lit("Mallory")).otherwise(pl.col("account_name"))
    write_parquet(rows.with_columns(account_name=changed, channel=pl.lit("wechat")), path)
    found = only(forger, settled, D1)
    assert found.what.endswith(f"the first member_id '{who}'")
    assert found.sealed == "channel 'wechat', account_name (not shown)"
    assert found.again == "channel 'alipay', account_name (not shown)"
    file = next(forger.path(D2, "payouts").glob("*.csv"))
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b",", b",mallory", 1)]))
    told = only(forger, settled, D2)
    assert (told.file, told.what) == (f"payouts/{file.name}", f"line {len(lines)}")
    assert "mallory" not in f"{told}"


def test_a_table_that_is_kept_row_by_row(forger: Forger, settled: Home) -> None:
    path = forger.path(D2, "state/orders.arrow")
    rows = pl.read_ipc(path)
    rows.with_columns(kept_at=pl.col("kept_at") + 1).write_ipc(path)
    found = only(forger, settled, D2)
    assert found.what == f"{rows.height} rows by key, the first order_id '{rows['order_id'].min()}'"
    first = rows.row(by_predicate=pl.col("order_id") == rows["order_id"].min(), named=True)["kept_at"]
    assert (found.sealed, found.again) == (f"kept_at {first + 1}", f"kept_at {first}")


def _other_software(content: dict[str, Any]) -> None:
    content["software"]["duckdb"] = "1.9.9"


@pytest.mark.slow
def test_another_writer_of_the_same_rows_is_told_from_other_rows(forger: Forger) -> None:
    forger.manifest(D4, _other_software)
    path = forger.path(D4, "lots.parquet")
    rows = pl.read_parquet(path)
    said = []
    for write in (
        lambda: rows.write_parquet(path, compression="snappy"),
        lambda: write_parquet(rows.with_columns(left=pl.col("left") + 1), path),
    ):
        write()
        console = Console(file=io.StringIO(), width=200)
        assert not rerun_and_show(console, forger.home, D4)
        said.append(console.file.getvalue())  # type: ignore[attr-defined]
    assert "lots.parquet: sha256, of the same rows written another way\n" in said[0]
    assert re.search(
        r"    sealed with other software: duckdb 1\.9\.9 \(here \S+\); the same rows came of it\n", said[0]
    )
    assert re.search(r"    sealed with other software: duckdb 1\.9\.9 .*; other rows came of it\n", said[1])


# --- days that cannot be computed again ------------------------------------------------------------------------------


def _drop_seal(forger: Forger) -> None:
    forger.path(D1, "manifest.json").unlink()


def _other_seal(forger: Forger) -> None:
    forger.manifest(D1, lambda content: content.update(notes=["x"]))


def _no_seal(forger: Forger) -> None:
    forger.path(D2, "manifest.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda forger: (forger.home.exports(D2) / "refunds.csv").unlink(), "refunds.csv was taken and is gone"),
        (lambda forger: forger.flip(forger.path(D1, "balances.parquet")), "balances.parquet is not what 2025-11-01"),
        (lambda forger: forger.path(D1, "state/members.parquet").unlink(), "is part of what 2025-11-01 sealed"),
        (_drop_seal, "2025-11-01 is not settled"),
        (_other_seal, "the seal of 2025-11-01 is not the one that the seal of 2025-11-02 names"),
        (_no_seal, "the seal of 2025-11-02 is damaged"),
        (lambda forger: forger.manifest(D2, lambda content: content.pop("inputs")), "damaged: key inputs"),
        (lambda forger: forger.home.rules_file.write_text("timezone: 1"), "rules.yaml:"),
        (
            lambda forger: forger.home.rules_file.write_text(RULES.replace("grant_bp: 7000", "grant_bp: 6999")),
            "rules version launch is not what the day was settled with",
        ),
    ],
)  # fmt: skip
def test_what_it_starts_from_is_not_as_it_was(
    forger: Forger, temporary: Path, change: Callable[[Forger], object], named: str
) -> None:
    change(forger)
    before = tree(forger.home.root)
    found = rerun(forger.home, D2)
    assert named in found.why_not
    assert not found.same and not found.pruned
    assert tree(forger.home.root) == before
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_a_pruned_home_says_which_days(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", EIGHT_DAYS)
    days = list(EIGHT_DAYS)
    settle_days(home, *days)

    def prunes(stage: str) -> None:
        if stage.startswith("exports") and not home.pruned_file.exists():
            home.staging_root.mkdir()
            assert prune(home, 2).files
            home.staging_root.rmdir()

    assert rerun_day(home, days[5], prunes).pruned  # while it was at work
    assert rerun(home, days[1]).pruned
    done = settle("verify", "--home", home.root, "--rerun")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-2:] == [  # the first day starts from nothing
        "– 5 days cannot be recomputed, 2025-11-02 to 2025-11-06: the state that they start from was pruned",
        f"recomputed 3 days in a scratch folder, {sum_of(done.out)} files: 3 days equal to the byte",
    ]
    done = settle("verify", "--home", home.root, "--rerun", "--date", days[1])
    assert done.code == 1
    assert "– 1 days cannot be recomputed, 2025-11-02: the state" in done.out


def sum_of(text: str) -> str:
    found = re.search(r"scratch folder, (\S+) files", text)
    assert found
    return found[1]


# --- where and how it ends -------------------------------------------------------------------------------------------


def test_never_inside_the_home(settled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(settled.root)
    for place in (settled.root, settled.root / "settlements", settled.settlement(D1)):
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        assert rerun(settled, D1).why_not == f"the temporary folder {place} lies in the home; TMPDIR names another"
    assert tree(settled.root) == before


def test_in_a_terminal_it_says_where_it_is(settled: Home) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    assert rerun_and_show(console, settled, D1)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "recomputing 2025-11-01 (1 of 1): " in text
    assert re.search(r"recomputed 1 day in a scratch folder, \d+ files: 1 day equal to the byte\n", text)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_gone_after_any_end(settled: Home, temporary: Path, fault: type[BaseException]) -> None:
    def stops(stage: str) -> None:
        if stage.startswith("rewards"):
            assert list(temporary.iterdir())
            raise fault

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(fault):
        rerun_day(settled, D2, stops)
    assert list(temporary.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_gone_after_a_signal(settled: Home, temporary: Path, number: int) -> None:
    before = tree(settled.root)
    words = [BIN / "settle", "verify", "--home", settled.root, "--rerun"]
    with subprocess.Popen(
        words, env=environment(TMPDIR=str(temporary)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 30
        while not list(temporary.glob("*/.staging/2*")):
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, number)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted: days that are settled stay, the one at work left nothing\n")
    assert list(temporary.iterdir()) == []
    assert tree(settled.root) == before


@pytest.mark.slow
def test_every_day_of_a_home(settled: Home, temporary: Path, tmp_path: Path) -> None:
    shutil.copytree(settled.root, tmp_path / "copy")  # an earlier process may have it otherwise
    done = settle("verify", "--home", tmp_path / "copy", "--rerun", TMPDIR=str(temporary))
    assert (done.code, done.err) == (0, "")
    assert re.search(r"\nverified: nothing at fault in 4 days, [\d,]+ rows, [\d,]+ fen posted\n", done.out)
    assert re.search(r"\nrecomputed 4 days in a scratch folder, \d+ files: 4 days equal to the byte\n$", done.out)
    assert list(temporary.iterdir()) == []
