"""Who made a day's files: entered once a day is settled, made up for who died, never by a look at the home."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from assets.foundation.audit import Settled, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.release import makers
from assets.release.names import person, same_person
from pipelines import desk as desk_module
from pipelines.desk import Desk
from pipelines.people import login, stamp
from pipelines.rerunning import rerun_and_show
from pipelines.running import Runner
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, tree, write_home
from tests.release.people import settle_by


class Killed(BaseException):
    """The process ends here."""


def die(*_: object, **__: object) -> None:
    raise Killed


def told(home: Home) -> list[tuple[date, str, bool]]:
    """Day, maker and late of every line; the seal of each is that of the day."""
    found = []
    for entry in read_log(home):
        assert isinstance(entry.says, Settled)
        found.append((entry.day, entry.by, entry.says.late))
    return found


def test_a_line_a_day_with_its_seal(home: Home) -> None:
    assert told(home) == [(D1, "Zhang Wei", False), (D2, "Zhang Wei", False), (D3, "Zhang Wei", False)]
    seals = [seal.sha256 for day in (D1, D2, D3) if (seal := home.seal(day))]
    assert [one.says.model_dump()["seal"] for one in read_log(home)] == seals


def test_by_the_command_line_the_name_or_the_login(home: Home) -> None:
    shutil.rmtree(home.settlement(D3))
    with Runner(home, until=D3, by="Li Na") as runner:
        assert runner.settle(D3).fresh
    with Runner(home, until=D4) as runner:
        assert runner.settle(D4).fresh
    assert told(home)[3:] == [(D3, "Li Na", False), (D4, login(), False)]
    assert {entry.user for entry in read_log(home)[3:]} == {login()}


def test_a_settled_day_again_adds_nothing(home: Home) -> None:
    before = tree(home.root)
    with Runner(home, until=D3, by="Li Na") as runner:
        assert not runner.settle(D3).fresh
    assert tree(home.root) == before


def test_a_refused_day_adds_nothing(home: Home) -> None:
    (home.exports(D4) / "orders.csv").unlink()
    before = tree(home.root)
    with pytest.raises(Refused):
        settle_by(home, "Li Na", D4)
    assert tree(home.root) == before


@pytest.fixture
def cut_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The third day was settled again; its writer died before the log knew."""
    shutil.rmtree(home.settlement(D3))
    (home.exports(D3) / "members.csv").write_text("member_id,sponsor_id,joined_at\nZ,,2025-10-01T09:00:00\n")
    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "enter_settled", die)
        with pytest.raises(Killed):
            settle_by(home, "Wang", D3)
    assert home.is_settled(D3)
    assert len(told(home)) == 3
    return home


def test_who_runs_the_day_next_is_taken_for_its_maker(cut_off: Home) -> None:
    with Runner(cut_off, until=D3, by="Li Na") as runner:
        assert not runner.settle(D3).fresh
    assert told(cut_off)[3:] == [(D3, "Li Na", True)]
    assert not cut_off.staging_root.exists()


def test_or_who_runs_the_day_after(cut_off: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "open_day", die)
        with pytest.raises(Killed):
            settle_by(cut_off, "Li Na", D4)
    assert told(cut_off)[3:] == [(D3, "Li Na", True)]
    settle_by(cut_off, "Li Na", D4)
    assert told(cut_off)[4:] == [(D4, "Li Na", False)]


def test_a_home_from_before_there_was_a_log(home: Home) -> None:
    home.audit_file.unlink()
    settle_by(home, "Li Na", D4)
    assert told(home) == [(D3, "Li Na", True), (D4, "Li Na", False)]
    with Runner(home, until=D4, by="Wang") as runner:
        runner.settle(D1)
    assert told(home)[2:] == [(D1, "Wang", True)]


def test_a_log_that_cannot_be_written_is_made_up_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(makers, "add_entry", full)
        with pytest.raises(
            Refused, match=r"audit\.jsonl: the log of who settled 2025-11-04 .* \(No space left on device\)"
        ):
            settle_by(home, "Li Na", D4)
    assert home.is_settled(D4)
    with Runner(home, until=D4, by="Li Na") as runner:
        runner.settle(D4)
    assert told(home)[3:] == [(D4, "Li Na", True)]


@pytest.mark.parametrize("settled", [True, False], ids=["a home", "a first day"])
def test_with_a_damaged_log_nothing_is_settled(home: Home, tmp_path: Path, settled: bool) -> None:
    place, day = (home, D4) if settled else (write_home(tmp_path / "new"), D1)
    place.audit_file.write_text("{}\n")
    before = tree(place.root)
    with pytest.raises(Refused, match="line 1: the log is damaged"):
        settle_days(place, day)
    assert tree(place.root) == before


def test_a_day_that_is_computed_again_has_no_maker(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "enter_settled", die)
    monkeypatch.setattr(desk_module, "make_up_settled", die)
    before = tree(home.root)
    assert rerun_and_show(Console(quiet=True), home, D3)
    assert tree(home.root) == before


def test_the_ui_settles_by_the_login(home: Home) -> None:
    assert Desk(home)._maker is stamp
    assert (stamp().by, stamp().user) == (login(), login())


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zhang Wei", "zhang wei", True),
        ("Zhang Wei", " Zhang  Wei ", True),
        ("Straße", "STRASSE", True),
        ("Zoe\u0308", "Zo\u00eb", True),
        ("\uff2c\uff49", "li", True),
        ("\u210cans", "hans", True),
        ("张伟", "张 伟", False),
        ("Zhang Wei", "Zhang Wen", False),
        ("Zoe", "Zo\u00eb", False),
    ],
)
def test_when_two_names_are_one_person(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) == same_person(other, one) == same


def test_what_is_a_name() -> None:
    assert person("  张 Wei ") == "张 Wei"
    assert person("w" * 64) == "w" * 64
    for text in ("", "  ", "w" * 65, "a\nb", "a\u200bb", "a\x1b[31m"):
        with pytest.raises(Refused, match=r"name: found .*, allowed 1 to 64 printable characters"):
            person(text)
