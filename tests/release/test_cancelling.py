"""Cancelling: a whole file is never paid, its payouts fail with the next day and are paid again with that one's cut."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.foundation.errors import Refused, RulesError
from assets.foundation.store import Home
from assets.release import cancelling
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from tests.pipelines.homes import D3, D4, contents
from tests.release.people import ALIPAY, AT, OF_A, OF_B, WECHAT, act, at_work, edit_log, refused, settle_by, stamp, told

NEW = ("A", 600, 1, "")  # what the fourth day pays whatever was cancelled


class Killed(BaseException):
    """The process ends here."""


def results(home: Home) -> dict[str, str]:
    folder = home.root / "imports"
    return {name.split("/")[0]: raw.decode() for name, raw in contents(folder).items()} if folder.is_dir() else {}


def paid(home: Home) -> list[tuple[str, int, int, str]]:
    """Member, net, attempt and what it replaces, of the payouts of the fourth day."""
    frame = pl.read_parquet(home.settlement(D4) / "payouts.parquet")
    return sorted(frame.select("member_id", "net", "attempt", "replaces").rows())


def test_the_payouts_fail_with_the_next_day_and_are_paid_again(home: Home) -> None:
    act(home, approve, D3, "Li Na")
    (done,) = act(home, cancel, D3, "Wang", "  typed twice ", [WECHAT])
    assert told(home)[1:] == [("cancelled", "Wang", WECHAT)]
    assert done.results.parent == home.root / "imports" / "2025-11-04"
    assert done.results.read_text() == (
        "payout_id,status,amount,reason,at\n" + f"{OF_B},failed,3.85,cancelled: typed twice,2025-11-04T09:30:00\n"
    )
    settle_by(home, "Zhang Wei", D4)
    assert paid(home) == [NEW, ("B", 385, 2, OF_B)]
    said = refused(home, cancel, D3, "Wang", "typed twice", [WECHAT])
    assert said.startswith(f"{WECHAT} of {D3}: cancelled by Wang on {AT}")


def test_without_a_name_all_that_was_not_released(home: Home) -> None:
    act(home, approve, D3, "Li Na", [ALIPAY])
    act(home, release, D3, "Li Na")
    assert [one.file.name for one in act(home, cancel, D3, "Wang", "wrong")] == [WECHAT]
    assert refused(home, cancel, D3, "Wang", "wrong").startswith(
        f"{D3} has no file that was not released: {ALIPAY}: rel"
    )
    settle_by(home, "Zhang Wei", D4)
    assert paid(home) == [NEW, ("B", 385, 2, OF_B)]


def cancel_at(home: Home, at: str) -> str:
    with at_work(home):
        (done,) = cancel(home, D3, stamp("Wang", at), "wrong", [WECHAT])
    return str(done.results.read_text())


def test_late_by_the_clock_is_the_end_of_the_day(home: Home) -> None:
    assert cancel_at(home, "2026-01-05T01:30:00+00:00").endswith(",2025-11-04T23:59:59\n")
    settle_by(home, "Zhang Wei", D4)
    assert paid(home) == [NEW, ("B", 385, 2, OF_B)]


def test_what_is_cancelled_is_never_released(home: Home) -> None:
    act(home, approve, D3, "Li Na")
    act(home, cancel, D3, "Wang", "wrong")
    assert f"{ALIPAY}: cancelled by Wang on {AT}; {WECHAT}: cancelled by Wang on {AT}" in refused(
        home, release, D3, "Li Na"
    )


def test_who_dies_before_the_results_cancels_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    act(home, approve, D3, "Li Na")

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(cancelling, "leave_results", die)
        with pytest.raises(Killed):
            act(home, cancel, D3, "Wang", "wrong", [WECHAT])
    assert (told(home)[1:], results(home)) == ([("cancelled", "Wang", WECHAT)], {})
    assert f"{WECHAT} of {D3}: cancelled by Wang" in refused(home, release, D3, "Li Na", [WECHAT])
    act(home, cancel, D3, "Li Na", "another reason", [WECHAT])
    assert told(home)[1:] == [("cancelled", "Wang", WECHAT)]  # it is the one that was begun
    assert results(home) == {
        "2025-11-04": "payout_id,status,amount,reason,at\n"
        + f"{OF_B},failed,3.85,cancelled: wrong,2025-11-04T09:30:00\n"
    }


def test_who_dies_and_cancels_again_a_day_later_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(cancelling, "leave_results", die)
        with pytest.raises(Killed):
            act(home, cancel, D3, "Wang", "wrong")  # of two files the first
    settle_by(home, "Zhang Wei", D4)
    assert paid(home) == [NEW]
    act(home, cancel, D3, "Wang", "wrong")
    assert told(home)[0] == ("cancelled", "Wang", ALIPAY)
    assert told(home)[2:] == [("cancelled", "Wang", WECHAT)]
    left = sorted((home.root / "imports").glob("*/*.csv"))
    assert {path.parent.name for path in left} == {"2025-11-05"}
    assert sorted(path.read_text().splitlines()[1].split(",")[0] for path in left) == [OF_A, OF_B]


# --- after the release ---------------------------------------------------------------------------------------------


@pytest.fixture
def released(home: Home) -> Home:
    """Both files were released by Wang and taken out of the outbox."""
    act(home, approve, D3, "Li Na")
    act(home, release, D3, "Wang")
    for path in home.outbox.iterdir():
        path.unlink()
    return home


def test_a_released_file_is_cancelled_only_as_refused_by_its_channel(released: Home) -> None:
    assert refused(released, cancel, D3, "Li Na", "wrong", [ALIPAY]) == (
        f"{ALIPAY} of {D3}: released by Wang on {AT}; allowed: a file that was not released"
    )
    said = refused(released, cancel, D3, "Li Na", "wrong", refused_by_channel=True)
    assert said == "a released file is cancelled by its name; give --file with --refused-by-channel"
    act(released, cancel, D3, "Li Na", "wrong template", [ALIPAY], refused_by_channel=True)
    assert told(released)[-1] == ("cancelled", "Li Na", ALIPAY)
    settle_by(released, "Zhang Wei", D4)
    assert paid(released) == [("A", 600 + 13800, 2, OF_A)]


@pytest.mark.parametrize("name", ["Wang", " wang "])
def test_and_by_another_person_than_who_released_it(released: Home, name: str) -> None:
    said = refused(released, cancel, D3, name, "wrong", [ALIPAY], refused_by_channel=True)
    assert said == f"{name} released {ALIPAY} of {D3}; allowed: the name of another person"


def test_and_not_while_it_lies_in_the_outbox(released: Home) -> None:
    (released.outbox / ALIPAY).write_text("")
    said = refused(released, cancel, D3, "Li Na", "wrong", [ALIPAY], refused_by_channel=True)
    assert said.startswith(f"{released.outbox / ALIPAY} still lies there; take it away first")


def test_and_not_when_a_payout_of_it_has_a_result(released: Home) -> None:
    folder = released.root / "imports" / "2025-11-04"
    folder.mkdir(parents=True)
    text = f"payout_id,status,amount,reason,at\n{OF_A},paid,138.00,,2025-11-04T08:00:00\n"
    (folder / "payout_results-0.csv").write_text(text)
    said = refused(released, cancel, D3, "Li Na", "wrong", [ALIPAY], refused_by_channel=True)
    assert said.startswith(
        f"{ALIPAY} of {D3}: {OF_A} has a result in imports/2025-11-04/payout_results-0.csv; allowed: "
    )
    settle_by(released, "Zhang Wei", D4)
    said = refused(released, cancel, D3, "Li Na", "wrong", [ALIPAY], refused_by_channel=True)
    assert said.startswith(f"{ALIPAY} of {D3}: {OF_A} is paid already; allowed: ")


def test_what_was_put_beside_a_day_that_is_settled_is_no_result(home: Home) -> None:
    folder = home.root / "imports" / "2025-11-03"
    folder.mkdir(parents=True)
    (folder / "payout_results-0.csv").write_text(f"payout_id,status,amount\n{OF_A},paid,138.00\n")
    act(home, cancel, D3, "Li Na", "wrong", [ALIPAY])


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 201])
def test_a_reason_is_a_line(home: Home, reason: str) -> None:
    assert refused(home, cancel, D3, "Li Na", reason).startswith("reason: found ")


def test_a_full_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = contents(home.root)
    monkeypatch.setattr(cancelling, "add_entry", full)
    with pytest.raises(
        Refused, match=r"audit\.jsonl: cannot be written \(No space left on device\); .* was not cancelled"
    ):
        act(home, cancel, D3, "Li Na", "wrong")
    assert contents(home.root) == before


def test_faulty_rules_are_said_before_anything_is_entered(home: Home) -> None:
    home.rules_file.write_text("timezone: Nowhere\n")
    with pytest.raises(RulesError):
        act(home, cancel, D3, "Li Na", "wrong")
    assert told(home) == []


def test_a_cancellation_of_other_bytes_is_none(home: Home) -> None:
    act(home, cancel, D3, "Li Na", "wrong", [ALIPAY])
    edit_log(home, lambda lines: lines[3].update(file="x.csv"))
    assert "x.csv of 2025-11-03 was cancelled by Li Na" in refused(home, cancel, D3, "Li Na", "wrong", [WECHAT])
    assert not [path for path in Path(home.root / "imports").glob("*/*.csv") if OF_B in path.read_text()]
