"""Releasing: only what was approved, to the byte, once, and by whom only Settle's user can read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.audit import read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.release import outbox
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from tests.pipelines.homes import D3, D4, another_group, contents, disk_steps
from tests.release.people import ALIPAY, AT, OF_B, WECHAT, act, refused, settle_by, told


class Killed(BaseException):
    """The process ends here."""


def test_an_approved_file_lies_in_the_outbox_as_it_was_sealed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    act(home, approve, D3, "Li Na", [ALIPAY])
    done = disk_steps(monkeypatch, home.root)
    act(home, release, D3, "Wang")
    assert done == [
        f"sync .staging/outbox/{ALIPAY}", "sync .", "sync .staging/audit.jsonl", "rename audit.jsonl", "sync .",
        f"rename outbox/{ALIPAY}", "sync outbox",
    ]  # fmt: skip
    sealed = (home.settlement(D3) / "payouts" / ALIPAY).read_bytes()
    assert contents(home.outbox) == {ALIPAY: sealed}
    says = read_log(home)[-1].says.model_dump()
    assert (says["event"], says["file"], says["outbox"]) == ("released", ALIPAY, {ALIPAY: says["sha256"]})
    assert not home.staging_root.exists()


def test_a_line_of_the_log_a_file(home: Home) -> None:
    act(home, approve, D3, "Li Na")
    act(home, release, D3, "Wang")
    assert told(home)[1:] == [("released", "Wang", ALIPAY), ("released", "Wang", WECHAT)]
    assert sorted(contents(home.outbox)) == [ALIPAY, WECHAT]


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_only_the_owner_can_read_it(home: Home, mask: int) -> None:
    before = os.umask(mask)
    try:
        act(home, approve, D3, "Li Na")
        act(home, release, D3, "Li Na")
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.outbox.stat().st_mode) == 0o700
    for path in (home.outbox / ALIPAY, home.outbox / WECHAT, home.audit_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_or_the_group_of_the_home(home: Home) -> None:
    with another_group() as group:
        (home.root / "settings.yaml").write_text(f"group: {group.gr_name}\n")
        act(home, approve, D3, "Li Na")
        act(home, release, D3, "Li Na")
        for path, mode in ((home.outbox, 0o2750), (home.outbox / ALIPAY, 0o640), (home.audit_file, 0o640)):
            assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) == (mode, group.gr_gid), path


def test_what_was_not_approved_or_was_cancelled_is_not_released(home: Home) -> None:
    assert refused(home, release, D3, "Wang") == (
        f"{D3} has no file to release (approve it first): {ALIPAY}: to approve; {WECHAT}: to approve"
    )
    act(home, approve, D3, "Li Na")
    act(home, cancel, D3, "Li Na", "wrong", [WECHAT])
    assert refused(home, release, D3, "Wang", [ALIPAY, WECHAT]) == (
        f"{WECHAT} of {D3}: cancelled by Li Na on {AT}; allowed: a file to release (approve it first)"
    )
    act(home, release, D3, "Wang")
    assert list(contents(home.outbox)) == [ALIPAY]


def test_a_file_is_released_once_though_it_was_taken_away(home: Home) -> None:
    act(home, approve, D3, "Li Na", [ALIPAY])
    act(home, release, D3, "Wang")
    said = refused(home, release, D3, "Wang", [ALIPAY])
    assert said.startswith(
        f"{ALIPAY} of {D3} was released by Wang on {AT}, and no file is released twice: {ALIPAY} lies"
    )
    (home.outbox / ALIPAY).unlink()
    said = refused(home, release, D3, "Li Na", [ALIPAY])
    sealed = home.settlement(D3) / "payouts" / ALIPAY
    digest = read_log(home)[-2].says.model_dump()["files"][ALIPAY]
    assert f"it is not in {home.outbox} (any more). If it was never uploaded, the sealed file is {sealed}" in said
    assert f"with sha256 {digest}; a person decides" in said
    assert "released by Wang" in refused(home, release, D3, "Wang")


@pytest.mark.parametrize("name", [ALIPAY, WECHAT])
def test_nothing_is_written_over_what_lies_there(home: Home, name: str) -> None:
    act(home, approve, D3, "Li Na")
    home.outbox.mkdir()
    (home.outbox / name).write_text("mine")
    assert refused(home, release, D3, "Wang").startswith(f"{home.outbox / name}: lies there already")
    (home.outbox / name).unlink()
    (home.outbox / name).symlink_to("/nowhere")
    assert refused(home, release, D3, "Wang").startswith(f"{home.outbox / name}: lies there already")


def test_an_outbox_that_is_no_folder(home: Home, tmp_path: Path) -> None:
    act(home, approve, D3, "Li Na")
    (tmp_path / "elsewhere").mkdir()
    home.outbox.symlink_to(tmp_path / "elsewhere")
    assert refused(home, release, D3, "Wang").endswith("found something that is no folder; nothing was released")


def test_a_file_that_was_changed_after_its_approval(home: Home) -> None:
    act(home, approve, D3, "Li Na")
    path = home.settlement(D3) / "payouts" / WECHAT
    path.write_bytes(path.read_bytes().replace(b"3.85", b"9.85"))
    assert refused(home, release, D3, "Wang").startswith(f"{path}: sha256 found ")  # nor is the other one released


def test_a_file_that_was_paid_by_another_way(home: Home) -> None:
    """Somebody uploaded the sealed file itself, and the channel's results came back."""
    act(home, approve, D3, "Li Na")
    folder = home.root / "imports" / "2025-11-04"
    folder.mkdir(parents=True)
    text = f"payout_id,status,amount,reason,at\n{OF_B},paid,3.85,,2025-11-04T08:00:00\n"
    (folder / "payout_results-0.csv").write_text(text)
    said = refused(home, release, D3, "Wang")
    assert said == (
        f"{WECHAT} of {D3}: {OF_B} has a result in imports/2025-11-04/payout_results-0.csv; allowed: a file of which no"
        " payout has a result"
    )
    settle_by(home, "Zhang Wei", D4)
    assert refused(home, release, D3, "Wang").startswith(f"{WECHAT} of {D3}: {OF_B} is paid already; allowed: ")
    act(home, release, D3, "Wang", [ALIPAY])


def test_who_dies_before_the_log_has_released_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    act(home, approve, D3, "Li Na")
    before = contents(home.root)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "add_entry", die)
        with pytest.raises(Killed):
            act(home, release, D3, "Wang")
    assert contents(home.root) == before
    act(home, release, D3, "Wang")


def test_who_dies_between_log_and_outbox_leaves_it_to_a_person(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    act(home, approve, D3, "Li Na")
    rename = Path.rename

    def die(self: Path, target: Path) -> Path:
        if target.parent == home.outbox:
            raise Killed
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(Killed):
            act(home, release, D3, "Wang")
    assert told(home)[1:] == [("released", "Wang", ALIPAY)]
    assert "it is not in" in refused(home, release, D3, "Wang", [ALIPAY])
    act(home, release, D3, "Wang")  # the other one is not concerned
    assert list(contents(home.outbox)) == [WECHAT]


@pytest.mark.parametrize(
    ("at", "told_", "entered"),
    [
        ("copyfile", "outbox: cannot be written (No space left on device); nothing was released", False),
        ("add_entry", f"audit.jsonl: cannot be written (No space left on device); {ALIPAY} was not released", False),
        ("rename", "the log says that it is released, and it could not be put there (No space left on device)", True),
    ],
)
def test_a_full_disk(home: Home, monkeypatch: pytest.MonkeyPatch, at: str, told_: str, entered: bool) -> None:
    act(home, approve, D3, "Li Na", [ALIPAY])
    rename = Path.rename

    def full(*words: Path) -> Path:
        if at == "rename" and words[1].parent != home.outbox:
            return rename(*words)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    place = {"copyfile": outbox.shutil, "add_entry": outbox, "rename": Path}[at]
    with monkeypatch.context() as patch:
        patch.setattr(place, at, full)
        with pytest.raises(Refused) as no:
            act(home, release, D3, "Wang")
    assert told_ in str(no.value)
    assert (len(told(home)) == 2) == entered
    assert not home.outbox.exists() or not contents(home.outbox)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_with_a_result_in_an_export_to_come_is_not_released(home: Home, form: str) -> None:
    """The day that takes it would pay the payout again, with this file in the outbox."""
    told_of = {"payout_id": OF_B, "status": "failed", "amount": "3.85", "reason": "", "at": "2025-11-04T09:30:00"}
    frame, path = pl.DataFrame([told_of]), home.exports(D4) / f"payout_results.{form}"
    frame.write_parquet(path) if form == "parquet" else frame.write_csv(path)
    act(home, approve, D3, "Li Na")
    assert f"{OF_B} has a result in exports/{D4}/payout_results.{form}" in refused(home, release, D3, "Wang", [WECHAT])
    assert not home.outbox.exists()
