"""Objects in S3: what is put only on condition, whole listings, and errors without a word of a secret."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.objects import Objects
from tests.s3 import BUCKET, SECRET, Server

pytestmark = pytest.mark.s3
ANOTHER = '"00000000000000000000000000000000"'


@pytest.fixture
def objects(server: Server) -> Objects:
    return Objects(f"s3://{BUCKET}/home/")


def test_an_object_is_put_where_none_is_or_over_the_one_that_was_read(objects: Objects) -> None:
    first = objects.put("one", b"1", "a", over="")
    assert first
    assert objects.put("one", b"2", "b", over="") is None
    assert objects.put("one", b"2", "b", over=ANOTHER) is None
    assert objects.put("none", b"2", "b", over=ANOTHER) is None
    assert (objects.read("one"), objects.read("none")) == ((b"1", first), None)
    second = objects.put("one", b"2", "b", over=first)
    assert second
    assert second != first
    assert objects.put("one", b"3", "c", over=first) is None
    assert (objects.read("one"), objects.digest("one"), objects.digest("none")) == ((b"2", second), "b", None)


@pytest.mark.parametrize(
    "size", [pytest.param(5, id="in one"), pytest.param(101 << 20, id="in parts", marks=pytest.mark.slow)]
)
def test_a_file_is_put_where_none_is(objects: Objects, tmp_path: Path, size: int) -> None:
    path, back = tmp_path / "file", tmp_path / "back"
    path.write_bytes(b"0123456789" * (size // 10) + b"end")
    assert objects.send(path, "a/file", "digest")
    assert not objects.send(path, "a/file", "another")
    assert (objects.fetch("a/file", back), objects.digest("a/file")) == (True, "digest")
    assert back.read_bytes() == path.read_bytes()
    assert not objects.fetch("a/none", tmp_path / "none")


def test_a_copy_is_put_over_whatever_is_there(objects: Objects) -> None:
    objects.put("one", b"1", "a", over="")
    objects.put("two", b"2", "b", over="")
    assert objects.copy("one", "two")
    assert not objects.copy("none", "two")
    assert objects.read("two")[0] == b"1"  # type: ignore[index]
    assert objects.digest("two") == "a"


def test_a_listing_has_all_pages_and_removing_takes_any_number(objects: Objects, server: Server) -> None:
    names = [f"many/{number:04d}" for number in range(1007)]
    for name in names:
        server.put(f"home/{name}", b"x")
    server.put("home-of-another/many/0000", b"x")
    assert list(objects.listing("many/")) == names
    assert set(objects.listing()) == set(names)
    objects.remove([*names, "none"])
    assert objects.listing() == {}
    assert server.objects("home-of-another") == {"many/0000": b"x"}


def test_what_cannot_be_reached_is_said_without_a_secret(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.before = lambda *_: False
    with pytest.raises(Refused, match=r"^s3://settle-tests/home: the objects .* \(AccessDenied\)") as denied:
        Objects(f"s3://{BUCKET}/home").put("one", b"1", "a", over="")
    with pytest.raises(Refused, match="NoSuchBucket") as missing:
        Objects("s3://no-such-bucket/home").listing()
    for said in (denied, missing):
        assert SECRET not in str(said.value)
        assert "AKIA" not in str(said.value)


def test_without_s3fs_the_extra_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(Refused, match=r"needs the package s3fs: pip install 'settle\[s3\]'"):
        Objects(f"s3://{BUCKET}/home")
