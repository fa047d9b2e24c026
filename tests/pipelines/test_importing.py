"""`settle import` from outside: what it says, what the day makes of it, and that a refusal leaves no trace.

The file formats are those of the channels' own tests; here they are the generic one. Neighbour: ``tests/importing``.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from assets.foundation.store import Home, HomeLock
from pipelines.importing import import_and_show
from tests.importing.homes import D5, FAILED_B, HEAD, OF_A, OF_B, PAID_A, write_file
from tests.pipelines.homes import D1, D3, D4, settle, settle_days, tree
from tests.pipelines.test_command_line import said

LATER_A, LATER_B = PAID_A.replace("-04T", "-05T"), FAILED_B.replace("-04T", "-05T")


@pytest.fixture
def home(in_transit: Home, tmp_path: Path) -> Home:
    """Six days of exports, three of them settled, two payouts in transit."""
    shutil.copytree(in_transit.root, tmp_path / "home")
    return Home(tmp_path / "home")


def imported(home: Home, *rows: str) -> None:
    """Import a file of these rows, which is sound, and settle the day that takes it."""
    told = said("import", "alipay", write_file(home.root.parent, *rows), "--home", home.root)
    assert (told.code, told.err) == (0, ""), told
    settle_days(home, home.settled_days()[-1] + timedelta(days=1))


def journal(home: Home, day: object, cause: str) -> list[str]:
    """``account holder debit credit`` of the payouts' transaction of that cause."""
    frame = pl.read_parquet(home.root / "settlements" / str(day) / "entries.parquet")
    lines = frame.filter(pl.col("txn_id") == f"{day}/payout/{cause}").select("account", "holder", "debit", "credit")
    return [" ".join(map(str, line)) for line in lines.rows()]


def quarantine(home: Home, day: object) -> list[str]:
    path = home.root / "settlements" / str(day) / "quarantine" / "payout_results.csv"
    frame = pl.read_csv(path, infer_schema=False) if path.is_file() else pl.DataFrame({"payout_id": [], "reason": []})
    return [f"{payout} {reason}" for payout, reason in frame.select("payout_id", "reason").rows()]


# --- from the file to the journal --------------------------------------------------------------------------------


@pytest.mark.slow
def test_from_the_file_to_the_bank(home: Home, tmp_path: Path) -> None:
    file = write_file(tmp_path, PAID_A, FAILED_B)
    told = settle("import", "alipay", file, "--home", home.root)
    written = re.escape(f"{home.root}/imports/2025-11-04/payout_results-")
    assert (told.code, told.err) == (0, "")
    assert re.fullmatch(
        "Results of alipay for 2025-11-04\n"
        "paid:                   1 payment, 138.00 yuan\n"
        "failed:                 1 payment, 3.85 yuan\n"
        f"written: {written}[0-9a-f]{{64}}\\.csv\n"
        f"next: settle run --date 2025-11-04 --home {re.escape(str(home.root))}\n",
        told.out,
    )
    done = settle("run", "--date", D4, "--home", home.root)
    assert (done.code, done.err) == (0, "")
    assert journal(home, D4, "paid") == ["bank alipay 0 13800", "payout_in_transit alipay 13800 0"]
    assert journal(home, D4, "failed") == ["member_wallet_labour B 0 385", "payout_in_transit alipay 385 0"]
    assert quarantine(home, D4) == []
    assert settle("verify", "--home", home.root).code == 0


def test_a_return_after_success(home: Home) -> None:
    imported(home, PAID_A)
    imported(home, LATER_A.replace("paid", "returned"))
    assert journal(home, D5, "returned") == [
        "bank alipay 13800 0", "member_wallet_labour A 0 6000", "member_wallet_rebate A 0 7800",
    ]  # fmt: skip
    replaced = pl.read_parquet(home.settlement(D5) / "payouts.parquet").select("member_id", "replaces").rows()
    assert ("A", OF_A) in replaced


def test_a_success_after_failure_is_too_late(home: Home) -> None:
    imported(home, FAILED_B)
    imported(home, LATER_B.replace("failed", "paid"))
    assert quarantine(home, D5) == [f"{OF_B} payout_already_final"]
    assert journal(home, D5, "paid") == []


def test_the_open_part_of_a_batch_stays_in_transit(home: Home, tmp_path: Path) -> None:
    told = said("import", "alipay", write_file(tmp_path, PAID_A, f"{OF_B},processing,3.85,,\n"), "--home", home.root)
    assert "open:                   1 payment, 3.85 yuan\n" in told.out
    settle_days(home, D4)
    assert journal(home, D4, "paid") == ["bank alipay 0 13800", "payout_in_transit alipay 13800 0"]
    balances = pl.read_parquet(home.settlement(D4) / "balances.parquet")
    # B's 3.85 of the day before, and A's 6.00 of today
    assert balances.filter(pl.col("account") == "payout_in_transit")["balance"].to_list() == [985]


def test_what_the_day_quarantines_and_what_it_is_never_told(home: Home, tmp_path: Path) -> None:
    rows = (PAID_A.replace("138.00", "138.01"), "P9,paid,1.00,,2025-11-04T09:00:00\n", f"{OF_B},paid,3.00,,\n",
            ",paid,2.00,,\n")  # fmt: skip
    told = said("import", "alipay", write_file(tmp_path, *rows), "--home", home.root)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[1:8] == [
        "unknown_payout:         1 payment, 1.00 yuan",
        "payout_amount_differs:  2 payments, 141.01 yuan",
        "no_number:              1 payment, 2.00 yuan",
        f"quarantine: row 2, {OF_A}: payout_amount_differs: the amount is not the net amount of the payout",
        "quarantine: row 3: unknown_payout: no payout with this number was ever issued",
        f"quarantine: row 4, {OF_B}: payout_amount_differs: the amount is not the net amount of the payout",
        "quarantine: row 5: no_number: the row names no payment",
    ]
    assert re.search(r"^kept apart: .*/imports/2025-11-04/quarantine-[0-9a-f]{64}\.csv$", told.out, re.MULTILINE)
    settle_days(home, D4)
    assert quarantine(home, D4) == [
        f"{OF_A} payout_amount_differs", "P9 unknown_payout", f"{OF_B} payout_amount_differs",
    ]  # fmt: skip


def test_many_faults_are_counted(home: Home, tmp_path: Path) -> None:
    told = said("import", "alipay", write_file(tmp_path, *[",paid,2.00,,\n"] * 23), "--home", home.root)
    lines = [line for line in told.out.splitlines() if line.startswith("quarantine: ")]
    assert (len(lines), lines[-1]) == (21, "quarantine: and 3 rows more")
    assert "no payment has a result that a day could take: no results were written\n" in told.out
    assert "next:" not in told.out


# --- twice -------------------------------------------------------------------------------------------------------


def test_the_same_file_for_another_channel_is_not_said_to_be_imported(home: Home, tmp_path: Path) -> None:
    file = write_file(tmp_path, PAID_A)
    assert said("import", "alipay", file, "--home", home.root).code == 0
    before = tree(home.root)
    told = said("import", "wechat", file, "--home", home.root)
    assert (told.code, told.out) == (1, "")
    assert "these bytes were imported for the channel alipay, found wechat; rows of other channels" in told.err
    assert tree(home.root) == before


def test_the_same_file_again_does_nothing_and_says_so(home: Home, tmp_path: Path) -> None:
    file = write_file(tmp_path, PAID_A)
    assert said("import", "alipay", file, "--home", home.root).code == 0
    before = tree(home.root)
    for more in ((), ("--date", D5), ("--date", D1), ("--format", "generic")):
        told = said("import", "alipay", file, "--home", home.root, *more)
        assert (told.code, told.err) == (0, "")
        assert re.fullmatch(
            r"imported before, with the results of 2025-11-04 \(not settled yet\): .*/payout_results-\w{64}\.csv\n",
            told.out,
        )
    assert tree(home.root) == before
    settle_days(home, D4)
    before = tree(home.root)
    other = write_file(tmp_path, PAID_A, name="the same under another name.txt")
    assert "results of 2025-11-04 (settled)" in said("import", "alipay", other, "--home", home.root).out
    assert tree(home.root) == before


# --- refusals ----------------------------------------------------------------------------------------------------


@contextmanager
def nothing_changes(home: Home) -> Iterator[None]:
    before = tree(home.root)
    yield
    assert tree(home.root) == before


@pytest.mark.parametrize(
    ("rows", "words", "code", "named"),
    [
        (PAID_A, ("--date", D3), 1, "refused: 2025-11-03 is settled already; results come with 2025-11-04"),
        ("6.22E+18,paid,1.00,,\n", (), 1, "refused: alipay, read as generic: row 2: payout_id is a number that"),
        (PAID_A, ("--format", "nonsense"), 2, "--format: found 'nonsense', allowed "),
        (PAID_A, ("--date", "2025-13-01"), 2, "found '2025-13-01', allowed a date"),
        (PAID_A, ("--channel", "x"), 2, "No such option"),
    ],
)  # fmt: skip
def test_a_refusal_leaves_no_trace(
    home: Home, tmp_path: Path, rows: str, words: tuple[object, ...], code: int, named: str
) -> None:
    with nothing_changes(home):
        told = said("import", "alipay", write_file(tmp_path, rows), "--home", home.root, *words)
        assert (told.code, told.out) == (code, "")
        assert named in " ".join(re.sub("[│╭╮╰╯─]", "", told.err).split())


def test_another_channel_than_that_of_the_payouts(home: Home, tmp_path: Path) -> None:
    with nothing_changes(home):
        told = said("import", "wechat", write_file(tmp_path, PAID_A), "--home", home.root)
        assert (told.code, told.out) == (1, "")
        assert told.err == (
            "refused: the file speaks of payouts of the channel alipay, found wechat on the command line; nothing was"
            " imported\n"
        )


def test_while_the_home_is_at_work(home: Home, tmp_path: Path) -> None:
    file = write_file(tmp_path, PAID_A)
    lock = HomeLock(home, "settling 2025-11-04", "2025-11-04T09:00:00+00:00")
    lock.acquire()
    try:
        with nothing_changes(home):
            told = said("import", "alipay", file, "--home", home.root)
            assert (told.code, told.out) == (1, "")
            assert told.err == (
                f"refused: {home.root}: another settlement is at work: settling 2025-11-04, process {os.getpid()},"
                " since 2025-11-04T09:00:00+00:00\n"
            )
    finally:
        lock.release()
    assert said("import", "alipay", file, "--home", home.root).code == 0
    with (home.root / "rules.yaml").open("rb"):  # and the home is given back
        handle = os.open(home.root, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
    assert not home.staging_root.exists()


def test_a_home_that_cannot_be_written(home: Home, tmp_path: Path) -> None:
    home.imports_root.write_text("no folder")
    told = said("import", "alipay", write_file(tmp_path, PAID_A), "--home", home.root)
    assert (told.code, told.out) == (1, "")
    assert re.fullmatch(r"refused: .*/imports/2025-11-04/source-\w+\.csv: cannot be written \(.*\)\n", told.err)
    assert not home.staging_root.exists()


# --- what it says ------------------------------------------------------------------------------------------------


def test_a_table_in_a_terminal(home: Home, tmp_path: Path) -> None:
    file = io.StringIO()
    results = write_file(tmp_path, PAID_A, "P9,paid,1.00,,\n")
    import_and_show(Console(file=file, width=100, force_terminal=True), home, "alipay", results, form="", day=None)
    text = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert re.search(r"^ paid +1 +138\.00 *$", text, re.MULTILINE)
    assert re.search(r"^ unknown_payout +1 +1\.00 *$", text, re.MULTILINE)
    assert "quarantine: row 3: unknown_payout: " in text


def test_the_command_for_days_that_lie_before(home: Home, tmp_path: Path) -> None:
    told = said("import", "alipay", write_file(tmp_path, LATER_A), "--home", home.root)
    assert told.out.endswith(f"next: settle run --from 2025-11-04 --to 2025-11-05 --home {home.root}\n")


def test_a_day_whose_exports_are_not_there(home: Home, tmp_path: Path) -> None:
    shutil.rmtree(home.exports(D4))
    told = said("import", "alipay", write_file(tmp_path, PAID_A), "--home", home.root)
    wait = "next: 2025-11-04 has no export folder yet; the results are taken when 2025-11-04 is settled\n"
    assert told.out.endswith(wait)


def test_the_time_of_import_is_local(home: Home, tmp_path: Path) -> None:
    far = (datetime.now(UTC) + timedelta(days=400)).date()  # so that the end of the day has no say
    begun = datetime.now(UTC)
    told = said("import", "alipay", write_file(tmp_path, f"{OF_A},paid,138.00,,\n"), "--date", far, "--home", home.root)
    assert told.code == 0, told.err
    text = next(home.imports(far).glob("payout_results-*")).read_text(encoding="utf-8")
    at = datetime.fromisoformat(text.removeprefix(HEAD).strip().rpartition(",")[2])
    local = (begun + timedelta(hours=8)).replace(tzinfo=None, microsecond=0)
    assert timedelta(0) <= at - local < timedelta(minutes=2)
