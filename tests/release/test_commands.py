"""`settle payouts` and the lines of `settle status`, as a person types and reads them."""

from __future__ import annotations

import io
import re
import shutil
from datetime import date

import pytest
from rich.console import Console

from assets.foundation.audit import head, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from pipelines.releasing import approve_and_show, show_files
from pipelines.standing import show_status
from tests.pipelines.homes import D2, D3, D4, contents, settle, tree
from tests.release.people import ALIPAY, AT, WECHAT, act, settle_by

OF_D2, OF_D4 = "payouts-20251102-alipay.csv", "payouts-20251104-alipay.csv"


def listed(home: Home, day: date | None = None, **how: object) -> list[str]:
    file = io.StringIO()
    show_files(Console(file=file, width=140, **how), home, day)  # type: ignore[arg-type]
    return file.getvalue().splitlines()


def status(home: Home) -> dict[str, str]:
    file = io.StringIO()
    show_status(Console(file=file, width=100), home)
    return {name: text.strip() for name, _, text in (line.partition(":") for line in file.getvalue().splitlines())}


def test_from_the_maker_to_the_outbox(home: Home) -> None:
    words = ("--home", home.root)
    said = settle("run", *words, "--date", D4, "--by", "Zhang Wei")
    assert (said.code, said.err) == (0, "")
    assert (read_log(home)[-1].by, read_log(home)[-1].day) == ("Zhang Wei", D4)
    said = settle("payouts", "list", *words)
    assert said.out.splitlines() == [
        f"2025-11-02  {OF_D2}  alipay  1 payment  24.00 yuan  to approve",
        f"2025-11-03  {ALIPAY}  alipay  1 payment  138.00 yuan  to approve",
        f"2025-11-03  {WECHAT}  wechat  1 payment  3.85 yuan  to approve",
        "2025-11-04  payouts-20251104-alipay.csv  alipay  1 payment  6.00 yuan  to approve",
        f"next: settle payouts approve --date 2025-11-02 --by NAME --home {home.root}",
    ]
    said = settle("payouts", "approve", *words, "--date", D3, "--by", "zhang wei")
    assert (said.code, said.out) == (1, "")
    assert (
        said.err == f"refused: zhang wei made the files of {D3} (as Zhang Wei); allowed: the name of another person\n"
    )
    said = settle("payouts", "approve", *words, "--date", D3, "--by", "Li Na", "--file", ALIPAY, "--file", WECHAT)
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(
        f"approved {ALIPAY}: 1 payment, 138\\.00 yuan, account hash \\d+\n    sha256 [0-9a-f]{{64}}\n"
        f"approved {WECHAT}: 1 payment, 3\\.85 yuan, account hash \\d+\n    sha256 [0-9a-f]{{64}}\n"
        f"next: settle payouts release --date 2025-11-03 --by NAME --home {home.root}\n",
        said.out,
    )
    said = settle("payouts", "release", *words, "--date", D3, "--by", "Li Na", "--file", ALIPAY)
    assert (said.code, said.err) == (0, "")
    assert f"    {home.outbox / ALIPAY}  sha256 " in said.out
    assert list(contents(home.outbox)) == [ALIPAY]
    said = settle("payouts", "cancel", *words, "--date", D3, "--by", "Li Na", "--reason", "wrong")
    assert said.out.startswith(
        f"cancelled {WECHAT}: 1 payment, 3.85 yuan fail with 2025-11-05\n    {home.root}/imports/2025-11-05/"
    )
    assert (said.code, said.err) == (0, "")
    said = settle("verify", *words)
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("approve", "--date", D3), "Missing option '--by'"),
        (("approve", "--by", "Li"), "Missing option '--date'"),
        (("approve", "--date", D3, "--by", " "), "allowed 1 to 64 printable"),
        (("cancel", "--date", D3, "--by", "Li"), "Missing option '--reason'"),
    ],
)
def test_wrong_usage(home: Home, words: tuple[object, ...], told: str) -> None:
    before = tree(home.root)
    said = settle("payouts", words[0], "--home", home.root, *words[1:])
    assert said.code == 2
    assert told in said.err
    assert tree(home.root) == before


def test_what_the_list_shows(home: Home) -> None:
    shutil.rmtree(home.settlement(D3))  # which brings a result of the second day
    held = (home.exports(D3) / "payout_results.csv").rename(home.root.parent / "held.csv")
    act(home, approve, D2, "Li Na")
    act(home, release, D2, "Li Na")
    held.rename(home.exports(D3) / "payout_results.csv")  # a result comes after the release
    settle_by(home, "Zhang Wei", D3)
    act(home, approve, D3, "Li Na", [ALIPAY])
    act(home, cancel, D3, "Wang", "wrong", [WECHAT])
    assert listed(home) == [  # nothing of the second day, all of the last
        f"2025-11-03  {ALIPAY}  alipay  1 payment  138.00 yuan  approved by Li Na on {AT}",
        f"2025-11-03  {WECHAT}  wechat  1 payment  3.85 yuan  cancelled by Wang on {AT}",
        f"next: settle payouts release --date 2025-11-03 --by NAME --home {home.root}",
    ]
    assert listed(home, D2) == [
        f"2025-11-02  {OF_D2}  alipay  1 payment  24.00 yuan  released by Li Na on {AT}",
        "no file waits",
    ]
    settle_by(home, "Zhang Wei", D4)
    assert [line.split()[1] for line in listed(home)[:-1]] == [
        ALIPAY,
        *(f"payouts-20251104-{one}.csv" for one in ("alipay", "wechat")),
    ]
    with pytest.raises(Refused, match="2025-11-05 is not settled"):
        listed(home, date(2025, 11, 5))


def test_days_from_before_the_log_are_shown_by_their_date(home: Home) -> None:
    home.audit_file.unlink()
    assert [line.split()[1] for line in listed(home)[:-1]] == [ALIPAY, WECHAT]
    assert listed(home, D2)[0].startswith(f"2025-11-02  {OF_D2}")


def test_a_table_in_a_terminal(home: Home) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(listed(home, force_terminal=True)))
    assert re.search(rf" 2025-11-03 +{ALIPAY} +alipay +to approve +1 +138\.00", text)
    assert "next: settle payouts approve --date 2025-11-02" in text


def test_a_home_without_settled_days(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert listed(Home(tmp_path_factory.mktemp("empty"))) == ["no payout files"]


def test_status_counts_what_waits(home: Home) -> None:
    before = status(home)
    assert (before["files to approve"], before["files to release"]) == ("3, of 2025-11-02 to 2025-11-03", "0")
    assert before["log"] == f"3 lines, the last {head(read_log(home))[:16]}"
    act(home, approve, D3, "Li Na", [WECHAT])
    now = status(home)
    assert (now["files to approve"], now["files to release"]) == ("2, of 2025-11-02 to 2025-11-03", "1, of 2025-11-03")


def test_one_writer_at_a_time(home: Home) -> None:
    lock = HomeLock(home, "settling 2025-11-04", "then")
    lock.acquire()
    try:
        with pytest.raises(Refused, match="another settlement is at work: settling 2025-11-04"):
            approve_and_show(Console(quiet=True), home, D3, "Li Na", [])
    finally:
        lock.release()
    assert len(read_log(home)) == 3
