"""What the second opinion says of the log: of a sound one, and of every way in which somebody may have edited it.

Neighbour: ``tests/release`` has the people at work, ``tests/foundation/test_audit.py`` the log itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.foundation.store import Home
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from assets.verification.chain import Chain
from assets.verification.findings import Fault, Page, Verification
from assets.verification.home import verify_home
from assets.verification.log import Log
from pipelines.desk import Desk
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, tree, write_home
from tests.release.people import act, edit_log, settle_by

OF_D2, OF_D3, OF_D4 = (f"payouts-2025110{day}-alipay.csv" for day in (2, 3, 4))
Change = Callable[[Home], object]


@pytest.fixture(scope="module")
def _released(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = write_home(tmp_path_factory.mktemp("log") / "home")
    results = home.exports(D3) / "payout_results.csv"
    held = results.rename(home.root.parent / "held.csv")
    settle_by(home, "Zhang", D1, D2)
    act(home, approve, D2, "Li")  # line 3
    act(home, release, D2, "Wang")  # 4
    held.rename(results)  # it comes after the release
    settle_by(home, "Zhang", D3)  # 5
    act(home, approve, D3, "Li")  # 6
    act(home, cancel, D3, "Wang", "wrong")  # 7
    settle_by(home, "Zhang", D4)  # 8
    act(home, approve, D4, "Li")  # 9
    act(home, release, D4, "Wang")  # 10
    (home.outbox / OF_D4).unlink()
    act(home, cancel, D4, "Li", "wrong template", [OF_D4], refused_by_channel=True)  # 11
    return home


@pytest.fixture
def home(_released: Home, tmp_path: Path) -> Home:
    """Two files released, one of them refused by its channel, one cancelled before."""
    shutil.copytree(_released.root, tmp_path / "home")
    return Home(tmp_path / "home")


def faults(home: Home) -> list[Fault]:
    """What is wrong with the log and the outbox, by the checks of this kind alone: they are those of every day."""
    outcome = Verification()
    chain, log = Chain(home, outcome), Log(home, outcome)
    for day in chain.days(None):
        link = chain.link(day, Page(outcome, day))
        assert link
        log.visit(link, chain.newest)
    log.close(None)
    assert {fault.kind for fault in outcome.faults} <= {"log"}
    return outcome.faults


def test_a_sound_log(home: Home) -> None:
    before = tree(home.root)
    outcome = verify_home(home)
    assert (outcome.clean, outcome.notes) == (True, [])
    tally = outcome.tallies["log"]
    assert (tally.days, tally.files, tally.rows) == (4, 2, 11)  # the log, and what lies in the outbox
    assert tree(home.root) == before
    (home.outbox / OF_D2).unlink()  # it was taken away to be uploaded
    assert verify_home(home).clean


def line(number: int, **changes: Any) -> Change:
    """Change keys of a line; numbers and chain are mended."""
    return lambda home: edit_log(home, lambda lines: lines[number - 1].update(changes))


def without(number: int) -> Change:
    return lambda home: edit_log(home, lambda lines: lines.pop(number - 1))


def again(number: int, at: int) -> Change:
    return lambda home: edit_log(home, lambda lines: lines.insert(at, dict(lines[number - 1])))


def text(change: Callable[[str], str]) -> Change:
    return lambda home: home.audit_file.write_text(change(home.audit_file.read_text("utf-8")), "utf-8")


def swapped(lines: list[dict[str, Any]], one: int, other: int) -> None:
    lines[one - 1], lines[other - 1] = lines[other - 1], lines[one - 1]


# Name -> change, and of the first fault: what, expected (None: not looked at), found.
EDITED: dict[str, tuple[Change, str, str | None, str | None]] = {
    # without mending the chain
    "a name": (text(lambda log: log.replace('"Zhang"', '"Zhong"', 1)), "line 2: previous", None, None),
    "a line gone": (text(lambda log: log[log.index("\n") + 1 :]), "line 1: n", "1", "2"),
    "a line twice": (text(lambda log: log + log.splitlines()[-1] + "\n"), "line 12: n", "12", "11"),
    "cut short": (text(lambda log: log[:-1]), "line 11: spelling", None, "another"),
    "cut within": (text(lambda log: log[:-9]), "line 11", "a line of the log", "JSONDecodeError"),
    "another spelling": (text(lambda log: log.replace('"n":11', '"n": 11')), "line 11: spelling", None, "another"),
    "a key more": (text(lambda log: log.replace('"n":11', '"m":1,"n":11')), "line 11", None, "otherwise: m"),
    "half a letter": (text(lambda log: log.replace('"Zhang"', '"\\ud800"', 1)), "line 1", None, "UnicodeEncodeError"),
    "another event": (text(lambda log: log.replace('"settled"', '"sold"', 1)), "line 1", None, "KeyError"),
    # with the chain mended
    "the maker approves": (line(3, by=" ZHANG "), "line 3: approved by", "another than who made the files", "Zhang"),
    "the approver becomes the maker": (
        line(2, by="li"), "line 3: approved by", "another than who made the files", "li"),
    "another seal settled": (line(2, seal="0" * 64), "line 3: the seal approved", "0" * 64, None),
    "another seal of a day without files": (
        line(1, seal="0" * 64), "the seal that was settled last", None, "0" * 64),
    "another file approved": (
        line(3, files={OF_D2: "0" * 64}), f"line 4: {OF_D2} released", "0" * 64, None),
    "no approval": (without(3), f"line 3: {OF_D2} released", "not approved", None),
    "approved after the release": (
        lambda home: edit_log(home, lambda lines: swapped(lines, 3, 4)),
        f"line 3: {OF_D2} released", "not approved", None),
    "approved before it was settled": (
        lambda home: edit_log(home, lambda lines: swapped(lines, 2, 3)), "line 2: the seal approved", "none", None),
    "approved twice": (again(3, 3), f"line 4: {OF_D2}", "approved once", "twice"),
    "released twice": (again(4, 4), f"line 5: {OF_D2}", "released once", "twice"),
    "cancelled twice": (again(7, 7), f"line 8: {OF_D3}", "cancelled once", "twice"),
    "no maker of a day in between": (without(5), "line 5: the seal approved", "none", None),
    "no maker of a day without files": (
        lambda home: edit_log(home, lambda lines: lines.__delitem__(slice(2, 11))),
        "who settled the day", "a line, as of the days before it", "none"),
    "the cancellation of a file": (
        lambda home: edit_log(home, lambda lines: lines[6].update(file=OF_D2, day="2025-11-02")),
        f"line 7: {OF_D2} after_release", "True", "False"),
    "a cancellation as after a release": (
        line(7, after_release=True), f"line 7: {OF_D3} after_release", "False", "True"),
    "who released it cancelled it": (
        line(11, by="wang"), "line 11: cancelled by", "another than who released it", "wang"),
    "other results": (line(7, results="0" * 64), "line 7: results", None, "0" * 64),
    "a day that is not settled": (
        line(1, day="2025-11-09"), "the sealed folder of 2025-11-09", "a sealed folder", "none"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITED)
def test_what_was_edited_is_named(home: Home, name: str) -> None:
    change, what, expected, found = EDITED[name]
    change(home)
    if name == "the maker approves":
        assert [fault.kind for fault in verify_home(home).faults] == ["log"]
    told = [fault for fault in faults(home) if fault.what == what]
    assert told, faults(home)
    assert (told[0].where, told[0].expected, told[0].found) == (
        "audit.jsonl", expected or told[0].expected, found or told[0].found,
    )  # fmt: skip


def test_released_after_it_was_cancelled(home: Home) -> None:
    def change(lines: list[dict[str, Any]]) -> None:
        lines.append(
            {**lines[3], "day": "2025-11-03", "file": OF_D3, "sha256": lines[6]["sha256"], "outbox": {"x": "0" * 64}}
        )

    edit_log(home, change)
    assert [(fault.what, fault.found) for fault in faults(home)] == [(f"line 12: {OF_D3}", "released")]


def test_a_name_used_twice_in_the_outbox(home: Home) -> None:
    edit_log(home, lambda lines: lines[9].update(outbox={OF_D2: "0" * 64}))
    assert f"line 10: {OF_D2}" in [fault.what for fault in faults(home)]


def test_what_lies_in_the_outbox(home: Home) -> None:
    path = home.outbox / OF_D2
    path.write_bytes(path.read_bytes().replace(b"24.00", b"94.00"))
    (home.outbox / "more.csv").write_text("x")
    (home.outbox / "folder").mkdir()
    shutil.copy(home.settlement(D4) / "payouts" / OF_D4, home.outbox)
    assert [(fault.where, fault.what, fault.found) for fault in faults(home)][:2] == [
        ("outbox/folder", "a file that the log does not know", "present"),
        ("outbox/more.csv", "a file that the log does not know", "present"),
    ]
    assert [(fault.where, fault.what) for fault in faults(home)][2:] == [
        (f"outbox/{OF_D2}", "sha256"), (f"outbox/{OF_D4}", "a file that was cancelled"),
    ]  # fmt: skip
    path.unlink()
    path.symlink_to(home.settlement(D2) / "payouts" / OF_D2)
    assert (f"outbox/{OF_D2}", "a released file") in [(fault.where, fault.what) for fault in faults(home)]


def test_results_of_a_cancelled_file_that_are_gone(home: Home) -> None:
    last = json.loads(home.audit_file.read_text().splitlines()[-1])
    (path,) = (home.root / "imports").glob(f"*/payout_results-{last['results']}.csv")
    path.unlink()
    assert [(fault.what, fault.found) for fault in faults(home)] == [(f"line 11: {OF_D4}", "no such file")]


def test_results_of_a_cancelled_file_that_say_another_thing(home: Home) -> None:
    """A payout that was never sent must not become one that was paid."""
    last = json.loads(home.audit_file.read_text().splitlines()[-1])
    (path,) = (home.root / "imports").glob(f"*/payout_results-{last['results']}.csv")
    where = path.relative_to(home.root).as_posix()
    sound = path.read_text(encoding="utf-8")
    for old, new in ((",failed,", ",paid,"), (f"{sound.splitlines()[1]}\n", ""), ("\nP20", "\nP21")):
        assert old in sound
        path.write_text(sound.replace(old, new, 1), encoding="utf-8")
        (fault,) = faults(home)
        assert (fault.where, fault.what) == (where, f"line 11: {OF_D4}")
        assert fault.expected.endswith("payouts that failed")
    path.write_bytes(b"\xff")
    assert [(fault.where, fault.found) for fault in faults(home)] == [(where, "UnicodeDecodeError")]


def test_results_of_a_cancelled_file_that_no_day_takes(home: Home) -> None:
    last = json.loads(home.audit_file.read_text().splitlines()[-1])
    (path,) = (home.root / "imports").glob(f"*/payout_results-{last['results']}.csv")
    settled = home.root / "imports" / D2.isoformat()
    settled.mkdir()
    path.rename(settled / path.name)
    assert [(fault.what, fault.expected, fault.found) for fault in faults(home)] == [
        (f"line 11: {OF_D4}", "its failed payouts with a day that takes them", f"imports/2025-11-02/{path.name}")
    ]


def test_files_of_a_folder_made_anew_are_not_those_released(home: Home) -> None:
    edit_log(home, lambda lines: (lines[2]["files"].update({OF_D2: "0" * 64}), lines[3].update(sha256="0" * 64)))
    assert {fault.what for fault in faults(home)} == {f"{OF_D2} as the seal names it"}


def test_days_that_nobody_is_said_to_have_settled(home: Home, tmp_path: Path) -> None:
    shutil.rmtree(home.outbox)
    home.audit_file.unlink()
    outcome = verify_home(home)
    assert outcome.clean
    assert outcome.notes == [
        "the log does not say who settled 4 days, 2025-11-01 to 2025-11-04: `settle run --date` enters it"
    ]
    # A home from before there was a log: the day that is settled next, and the one before it, are entered.
    old = write_home(tmp_path / "old")
    settle_days(old, D1, D2)
    old.audit_file.unlink()
    settle_days(old, D3)
    outcome = verify_home(old)
    assert outcome.clean
    assert outcome.notes == ["the log does not say who settled 1 days, 2025-11-01: `settle run --date` enters it"]
    old.audit_file.unlink()
    Desk(old).make_up(D1)  # of an early day alone
    outcome = verify_home(old)
    assert outcome.clean
    assert "2 days, 2025-11-02 to 2025-11-03" in outcome.notes[0]


def test_the_end_of_the_log_cut_off_is_seen_by_the_days_after_it(home: Home) -> None:
    lines = home.audit_file.read_text().splitlines(keepends=True)
    home.audit_file.write_text("".join(lines[:2]))
    shutil.rmtree(home.outbox)
    assert [(fault.day, fault.what) for fault in faults(home)] == [(D3, "who settled the day")]
    assert "2025-11-04: `settle run --date` enters it" in verify_home(home).notes[0]  # its writer may have died


def test_a_log_that_cannot_be_read(home: Home) -> None:
    home.audit_file.unlink()
    home.audit_file.mkdir()
    shutil.rmtree(home.outbox)
    assert [(fault.what, fault.found) for fault in faults(home)] == [("the log", "Is a directory")]


def test_only_days_up_to_the_one_asked_for(home: Home) -> None:
    shutil.rmtree(home.settlement(D4))
    outcome = verify_home(home, upto=D3, only=D3)
    assert outcome.of_kind("log") == []
    assert [fault.what for fault in verify_home(home).of_kind("log")] == ["the sealed folder of 2025-11-04"]


def test_an_outbox_without_any_settled_day(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "x.csv").write_text("x")
    assert [fault.where for fault in verify_home(Home(tmp_path)).of_kind("log")] == ["outbox/x.csv"]
