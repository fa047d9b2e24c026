"""The log: its bytes, what is no log, and that it is written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assets.foundation.audit import Cancelled, Released, Settled, Stamp, add_entry, head, read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from tests.pipelines.homes import disk_steps

DAY = date(2025, 11, 2)
ZHANG = Stamp("2025-11-03T01:00:00+00:00", "张 Wei", "ops")
FIRST = (
    '{"at":"2025-11-03T01:00:00+00:00","by":"张 Wei","day":"2025-11-02","event":"settled","late":false,"n":1,'
    f'"previous":"","seal":"{"a" * 64}","user":"ops"}}'
)
SECOND = (
    '{"at":"2025-11-03T01:00:00+00:00","by":"张 Wei","day":"2025-11-02","encrypted_to":[],"event":"released",'
    f'"file":"a.csv","n":2,"outbox":{{"a.csv":"{"b" * 64}"}},'
    f'"previous":"{hashlib.sha256(FIRST.encode()).hexdigest()}","sha256":"{"b" * 64}","signed_with":"","user":"ops"}}'
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a lock and two lines."""
    made = Home(tmp_path)
    lock = HomeLock(made, "a test", "now")
    lock.acquire()
    add_entry(made, DAY, ZHANG, Settled(seal="a" * 64, late=False))
    add_entry(made, DAY, ZHANG, Released(file="a.csv", sha256="b" * 64, outbox={"a.csv": "b" * 64}))
    return made


def test_a_line_an_event_and_each_names_the_one_before(home: Home) -> None:
    assert home.audit_file.read_text(encoding="utf-8") == f"{FIRST}\n{SECOND}\n"
    entries = read_log(home)
    assert [(one.n, one.by, one.says.event) for one in entries] == [(1, "张 Wei", "settled"), (2, "张 Wei", "released")]
    assert head(entries) == hashlib.sha256(SECOND.encode()).hexdigest()


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert read_log(Home(tmp_path)) == []
    assert head([]) == ""


def test_it_is_replaced_whole_and_on_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = disk_steps(monkeypatch, home.root)
    says = Cancelled(file="a.csv", sha256="b" * 64, reason="x", after_release=False, results="c" * 64)
    add_entry(home, DAY, ZHANG, says)
    assert done == ["sync .staging/audit.jsonl", "rename audit.jsonl", "sync ."]


def test_a_log_that_cannot_be_written_stays_as_it_was(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = home.audit_file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        add_entry(home, DAY, ZHANG, Settled(seal="a" * 64, late=True))
    assert home.audit_file.read_bytes() == before


def _lines(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return lambda text: "".join(f"{line}\n" for line in change(text.splitlines()))


DAMAGED: dict[str, tuple[Callable[[str], str], str]] = {
    "a name": (lambda text: text.replace("张 Wei", "李 Wei", 1), "line 2: the log is damaged: it names "),
    "the first line gone": (_lines(lambda lines: lines[1:]), "line 1: the log is damaged: it has the number 2"),
    "another order": (_lines(lambda lines: lines[::-1]), "line 1: the log is damaged: it has the number 2"),
    "a line twice": (_lines(lambda lines: [*lines, lines[1]]), "line 3: the log is damaged: it has the number 2"),
    "cut short": (lambda text: text[:-1], "line 2: the log is damaged: it is cut short"),
    "cut within": (lambda text: text[:-9], "line 2: the log is damaged: it is cut short"),
    "an empty line": (lambda text: text + "\n", "line 3: the log is damaged: Expecting value"),
    "no object": (lambda text: text + "[]\n", "line 3: the log is damaged: it is no JSON object"),
    "a nest": (lambda text: text + "[" * 100_000 + "\n", "line 3: the log is damaged: "),
    "a key more": (lambda text: text.replace('"late"', '"more":1,"late"'), "line 1: the log is damaged: key settled.m"),
    "a key less": (lambda text: text.replace('"late":false,', ""), "line 1: the log is damaged: key settled.late"),
    "no name": (lambda text: text.replace("张 Wei", ""), "line 1: the log is damaged: key by"),
    "a name of 65": (lambda text: text.replace("张 Wei", "w" * 65), "line 1: the log is damaged: key by"),
    "a name of two lines": (lambda text: text.replace("张 Wei", "a\\nb"), "line 1: the log is damaged: key by"),
    "no time": (lambda text: text.replace("T01:00:00+00:00", ""), "line 1: the log is damaged: key at"),
    "no hash": (lambda text: text.replace("a" * 64, "a" * 63), "line 1: the log is damaged: key settled.seal"),
    "half a letter": (lambda text: text.replace('"a.csv"', '"\\ud800"'), "line 2: the log is damaged: "),
    "an unknown event": (lambda text: text.replace('"settled"', '"sold"'), "line 1: the log is damaged: "),
    "another spelling": (lambda text: text.replace('"n":2', '"n": 2'), "line 2: the log is damaged: it is not in "),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_log_is_named_by_its_line_and_nothing_is_added(home: Home, name: str) -> None:
    damage, told = DAMAGED[name]
    home.audit_file.write_text(damage(home.audit_file.read_text(encoding="utf-8")), encoding="utf-8")
    before = home.audit_file.read_bytes()
    for act in (lambda: read_log(home), lambda: add_entry(home, DAY, ZHANG, Settled(seal="a" * 64, late=False))):
        with pytest.raises(Refused) as no:
            act()
        assert str(no.value).startswith(f"{home.audit_file}: {told}"), str(no.value)
    assert home.audit_file.read_bytes() == before


def test_a_log_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(Refused, match=r"audit\.jsonl: the log cannot be read \(Is a directory\)"):
        read_log(Home(tmp_path))
