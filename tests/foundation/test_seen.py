"""The record of hashed files: it spares the reading of what nobody touched, and never hides a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.foundation import seen
from assets.foundation.seen import NAME, Seen
from assets.foundation.store import Home, sha256_file

LONG_AGO = 10**9


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "a").write_bytes(b"first")
    return Home(tmp_path)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files that are really read."""
    names: list[str] = []

    def counted(path: Path) -> str:
        names.append(path.name)
        return sha256_file(path)

    monkeypatch.setattr(seen, "sha256_file", counted)
    return names


def remember(home: Home) -> None:
    """As after a day: the record is younger than the files."""
    told = Seen(home)
    told.remember({"a": told.sha256("a")})
    later = (home.root / "a").stat().st_ctime_ns + LONG_AGO
    os.utime(home.root / NAME, ns=(later, later))


def test_what_lies_there_untouched_is_not_read_again(home: Home, read: list[str]) -> None:
    remember(home)
    assert Seen(home).sha256("a") == sha256_file(home.root / "a")
    assert read == ["a"]
    assert (home.root / NAME).stat().st_mode & 0o077 == 0


def test_an_edit_that_keeps_size_and_time_is_seen(home: Home, read: list[str]) -> None:
    remember(home)
    before = (home.root / "a").stat()
    (home.root / "a").write_bytes(b"FIRST")
    os.utime(home.root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Seen(home).sha256("a") == sha256_file(home.root / "a")
    assert read == ["a", "a"]


def test_another_file_in_its_place_is_seen(home: Home, read: list[str]) -> None:
    remember(home)
    (home.root / "b").write_bytes(b"FIRST")
    (home.root / "b").replace(home.root / "a")
    assert Seen(home).sha256("a") == sha256_file(home.root / "a")
    assert read == ["a", "a"]


def test_a_file_as_young_as_the_record_is_read(home: Home, read: list[str]) -> None:
    remember(home)
    young = (home.root / "a").stat().st_ctime_ns
    os.utime(home.root / NAME, ns=(young, young))
    Seen(home).sha256("a")
    assert read == ["a", "a"]


def test_a_file_that_changes_after_it_was_hashed_is_not_recorded_as_it_is_now(home: Home, read: list[str]) -> None:
    told = Seen(home)
    digest = told.sha256("a")
    (home.root / "a").write_bytes(b"other, and longer")
    told.remember({"a": digest})
    later = (home.root / "a").stat().st_ctime_ns + LONG_AGO
    os.utime(home.root / NAME, ns=(later, later))
    assert Seen(home).sha256("a") != digest


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": []}'])
def test_a_damaged_record_is_no_record(home: Home, read: list[str], text: str) -> None:
    (home.root / NAME).write_text(text)
    assert Seen(home).sha256("a") == sha256_file(home.root / "a")
    assert read == ["a"]


def test_a_record_that_cannot_be_written_undoes_nothing(home: Home) -> None:
    (home.root / f"{NAME}.new").mkdir()
    told = Seen(home)
    told.remember({"a": told.sha256("a")})
    assert not (home.root / NAME).exists()
