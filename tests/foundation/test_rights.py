"""Who may read what Settle makes: the setting, the modes that follow, and naming what is open to others.

Neighbour: ``tests/pipelines/test_rights.py`` walks over whole homes that command line, prune, demo and UI made.
"""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.rights import Rights, rights_in, too_open
from tests.pipelines.homes import another_group


@pytest.fixture
def team() -> Iterator[grp.struct_group]:
    with another_group() as group:
        yield group


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "group:\n", "group: null"])
def test_without_a_group_the_owner_alone(tmp_path: Path, text: str) -> None:
    assert rights_in(tmp_path) == Rights(None)
    (tmp_path / "settings.yaml").write_text(text)
    assert rights_in(tmp_path) == Rights(None)


def test_a_group_by_name(tmp_path: Path, team: grp.struct_group) -> None:
    (tmp_path / "settings.yaml").write_text(f"group: {team.gr_name}\n")
    assert rights_in(tmp_path) == Rights(team.gr_gid)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("group: [a]", "group: found a list, allowed the name of a group"),
        ("group: 7", "group: found 7, allowed the name of a group"),
        ("group: ''", "group: found '', allowed a group of this machine"),
        ("group: no-such-group", "group: found no-such-group, allowed a group of this machine"),
        ("group: {a: b}", "group: found a mapping, allowed the name of a group"),
        ("groups: finance", "groups: found an unknown key, allowed group, language, engine, spark, accounts"),
        (
            "accounts: {pool_queue: {code: 2241.07, name: x}}",
            "accounts: pool_queue: code: found 2241.07, allowed for accounts"
            " of the ledger `{code: '224103', name: NAME}`, both as text",
        ),
        (
            "accounts: {pool_queue: {code: '1', name: ''}}",
            "accounts: pool_queue: name: found '', allowed for accounts of the"
            " ledger `{code: '224103', name: NAME}`, both as text",
        ),
        (
            "accounts: {pool_queue: {code: '1', name: x, kind: y}}",
            "accounts: pool_queue: kind: found y, allowed for accounts"
            " of the ledger `{code: '224103', name: NAME}`, both as text",
        ),
        ("group: a\nmode: 7", "mode: found an unknown key, allowed group, language, engine, spark, accounts"),
        ("1: a", "1: found an unknown key, allowed group, language, engine, spark, accounts"),
        ("finance", "found finance, allowed keys with values: group, language, engine, spark, accounts"),
        ("[group]", "found a list, allowed keys with values: group, language, engine, spark, accounts"),
        ("group: !!python/object:os.system x", "found no YAML (ConstructorError), allowed `group: NAME`"),
        ("{", "found no YAML (ParserError), allowed `group: NAME`"),
        ("group: \x01", "found no YAML (ReaderError), allowed `group: NAME`"),
        ("[" * 9999, "found no YAML (RecursionError), allowed `group: NAME`"),
    ],
)
def test_faulty_settings(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(Refused) as refused:
        rights_in(tmp_path)
    assert str(refused.value) == f"{tmp_path}/settings.yaml: {why}"


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").mkdir()
    with pytest.raises(Refused, match=r"cannot be read \(Is a directory\), allowed a settings file"):
        rights_in(tmp_path)


def test_a_group_that_one_is_not_in(tmp_path: Path) -> None:
    own = {os.getegid(), *os.getgroups()}
    other = next(group.gr_name for group in grp.getgrall() if group.gr_gid not in own)
    (tmp_path / "settings.yaml").write_text(f"group: {other}\n")
    with pytest.raises(Refused, match=rf"group: found {other}, allowed a group that the user who runs settle is in"):
        rights_in(tmp_path)


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_modes_whatever_the_mask(tmp_path: Path, team: grp.struct_group, mask: int) -> None:
    before = os.umask(mask)
    try:
        for name, rights, folder, file in (
            ("own", Rights(), 0o700, 0o600), ("team", Rights(team.gr_gid), 0o2750, 0o640),
        ):  # fmt: skip
            with rights.kept():
                rights.make_folder(tmp_path / name)
                rights.make_folder(tmp_path / name)  # once it is there it is left alone
                (tmp_path / name / "in").mkdir()
                (tmp_path / name / "in" / "file").write_text("x")
            loose = tmp_path / f"{name}.loose"
            loose.write_text("x")
            rights.give(loose)
            made = [tmp_path / name, tmp_path / name / "in", tmp_path / name / "in" / "file", loose]
            assert [mode(path) for path in made] == [folder, folder, file, file]
            if rights.group is not None:
                assert {path.stat().st_gid for path in made} == {team.gr_gid}
        assert os.umask(mask) == mask  # and the mask is as it was
    finally:
        os.umask(before)


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o751)
    Rights().make_folder(tmp_path)
    assert mode(tmp_path) == 0o751


def test_the_mask_is_put_back_after_a_fault() -> None:
    before = os.umask(0o022)
    try:
        with pytest.raises(KeyError), Rights().kept():
            raise KeyError
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_what_is_too_open_is_named(tmp_path: Path) -> None:
    for name, bits in (("a", 0o600), ("b", 0o640), ("c", 0o660), ("d", 0o604)):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(bits)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "folder").mkdir(mode=0o700)
    tmp_path.chmod(0o700)
    assert too_open([tmp_path], Rights()) == [tmp_path / name for name in "bcd"]
    assert too_open([tmp_path], Rights(1)) == [tmp_path / name for name in "cd"]
    assert too_open([tmp_path / "a", tmp_path / "b", tmp_path / "link"], Rights()) == [tmp_path / "b"]
    (tmp_path / "folder").chmod(0o701)
    assert too_open([tmp_path / "folder", tmp_path / "nowhere"], Rights(1)) == [tmp_path / "folder"]


def test_rights_that_are_kept_at_once_may_end_in_any_order() -> None:
    before = os.umask(0o022)
    try:
        home, group = ExitStack(), ExitStack()
        home.enter_context(Rights().kept())
        group.enter_context(Rights(os.getegid()).kept())
        home.close()
        assert _mask() == 0o027
        home.enter_context(Rights().kept())
        home.close()
        assert _mask() == 0o027
        group.close()
        assert _mask() == 0o022
    finally:
        os.umask(before)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
