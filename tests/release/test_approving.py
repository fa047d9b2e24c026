"""Approving: by another person than who settled the day, of what was sealed to the byte, once."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from assets.foundation.audit import read_log
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.outbox import release
from assets.release.overview import waiting
from tests.pipelines.homes import D1, D3, D4
from tests.release.people import ALIPAY, AT, WECHAT, act, edit_log, refused, settle_by, told


def test_another_person_approves_every_file_by_its_hash(home: Home) -> None:
    files = act(home, approve, D3, "Li Na")
    assert [(one.name, one.channel, one.payments, one.net_fen) for one in files] == [
        (ALIPAY, "alipay", 1, 13800), (WECHAT, "wechat", 1, 385),
    ]  # fmt: skip
    entry = read_log(home)[-1]
    folder = home.settlement(D3) / "payouts"
    assert (entry.n, entry.at, entry.by, entry.user, entry.day) == (4, AT, "Li Na", "ops", D3)
    assert entry.says.model_dump() == {
        "event": "approved",
        "seal": hashlib.sha256((home.settlement(D3) / "manifest.json").read_bytes()).hexdigest(),
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ALIPAY, WECHAT)},
    }


@pytest.mark.parametrize("name", ["Zhang Wei", "zhang wei", "  ZHANG  WEI ", "\uff3ahang\u00a0Wei", "Zhang  We\u0069"])
def test_who_made_the_files_cannot_approve_them_however_he_writes_his_name(home: Home, name: str) -> None:
    said = refused(home, approve, D3, name)
    assert said == f"{name} made the files of {D3} (as Zhang Wei); allowed: the name of another person"


def test_every_maker_of_the_day_counts(home: Home) -> None:
    shutil.rmtree(home.settlement(D3))
    settle_by(home, "Li Na", D3)
    for name in ("Zhang Wei", "li na"):
        assert "made the files of 2025-11-03" in refused(home, approve, D3, name)
    act(home, approve, D3, "Wang")


def test_a_home_where_nobody_is_recorded(home: Home) -> None:
    home.audit_file.unlink()
    said = refused(home, approve, D3, "Li Na")
    assert said.startswith("nobody is recorded as the maker of the files of 2025-11-03")
    assert "`settle run --date 2025-11-03` enters" in said


def test_a_maker_of_an_earlier_folder_is_no_maker_of_this_one(home: Home) -> None:
    """The seal of the folder is another than the log names: its maker is not known."""
    path = home.settlement(D3) / "manifest.json"
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, "notes": ["edited"]}))
    assert refused(home, approve, D3, "Li Na").startswith("nobody is recorded as the maker")


def test_a_file_is_approved_once(home: Home) -> None:
    act(home, approve, D3, "Li Na", [ALIPAY])
    for name in ("Li Na", "Wang"):
        said = refused(home, approve, D3, name, [ALIPAY])
        assert said == f"{ALIPAY} of {D3}: approved by Li Na on {AT}; allowed: a file to approve"
    assert refused(home, approve, D3, "Wang", [WECHAT, ALIPAY]).startswith(ALIPAY)  # all or none
    act(home, approve, D3, "Wang")  # what is left
    assert told(home) == [("approved", "Li Na", ALIPAY), ("approved", "Wang", WECHAT)]
    said = refused(home, approve, D3, "Li Na")
    assert (
        said == f"{D3} has no file to approve: {ALIPAY}: approved by Li Na on {AT}; {WECHAT}: approved by Wang on {AT}"
    )


def test_what_was_cancelled_or_released_is_not_approved(home: Home) -> None:
    act(home, cancel, D3, "Li Na", "wrong", [WECHAT])
    assert f"{WECHAT} of {D3}: cancelled by Li Na" in refused(home, approve, D3, "Wang", [WECHAT])
    act(home, approve, D3, "Wang")
    act(home, release, D3, "Wang")
    assert f"{ALIPAY} of {D3}: released by Wang" in refused(home, approve, D3, "Li Na", [ALIPAY])


def test_days_and_files_that_are_not_there(home: Home) -> None:
    assert refused(home, approve, D4, "Li Na").startswith("2025-11-04 is not settled")
    assert refused(home, approve, D3, "Li Na", ["x.csv"]) == (
        f"x.csv: no payout file of 2025-11-03; allowed: {ALIPAY}, {WECHAT}"
    )
    assert refused(home, approve, D1, "Li Na") == "2025-11-01 has no file to approve: the day has no payout files"


@pytest.mark.parametrize("outputs", [None, [], {"payouts/a.csv": 1}])
def test_a_damaged_seal(home: Home, outputs: object) -> None:
    path = home.settlement(D3) / "manifest.json"
    path.write_text(json.dumps({"business_date": "2025-11-03", "outputs": outputs}))
    assert "2025-11-03" in refused(home, approve, D3, "Li Na")
    with pytest.raises(Refused, match="the seal of 2025-11-03 is damaged: it names no payout files"):
        waiting(home)


@pytest.mark.parametrize("at", [0, 60, 150])
def test_a_file_that_was_changed_by_a_bit(home: Home, at: int) -> None:
    path = home.settlement(D3) / "payouts" / ALIPAY
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(bytes(raw))
    said = refused(home, approve, D3, "Li Na")
    assert said.startswith(f"{path}: sha256 found ") and said.endswith("; it was changed")
    assert "example.org" not in said


def test_a_file_that_is_gone(home: Home) -> None:
    path = home.settlement(D3) / "payouts" / WECHAT
    path.unlink()
    assert refused(home, approve, D3, "Li Na") == (
        f"{path}: the payout file cannot be read (No such file or directory)"
    )


def test_a_list_that_was_changed(home: Home) -> None:
    path = home.settlement(D3) / "payouts" / "manifest.json"
    path.write_text(path.read_text().replace('"net_fen": 385', '"net_fen": 386'))
    assert refused(home, approve, D3, "Li Na").startswith(f"{path}: sha256 found ")


@pytest.mark.parametrize(
    ("key", "value", "told_"),
    [
        ("rows", 2, "payments found 1, manifest.json says 2"),
        ("net_fen", 386, "total in fen found 385, manifest.json says 386"),
        ("account_hash", 7, "account hash found 0, manifest.json says 7"),
        ("sha256", "0" * 64, "and the seal of 2025-11-03 names others"),
    ],
)
def test_figures_that_are_not_those_of_the_file(home: Home, key: str, value: object, told_: str) -> None:
    """Though list, seal and log were made to agree: the rows are read again."""
    listed, manifest = home.settlement(D3) / "payouts" / "manifest.json", home.settlement(D3) / "manifest.json"
    before = hashlib.sha256(listed.read_bytes()).hexdigest()
    content = json.loads(listed.read_bytes())
    content["files"][1][key] = value
    listed.write_text(json.dumps(content))
    seal = manifest.read_text().replace(before, hashlib.sha256(listed.read_bytes()).hexdigest())
    manifest.write_text(seal)
    log, old = home.audit_file, read_log(home)[2].says
    log.write_text(log.read_text().replace(old.seal, hashlib.sha256(seal.encode()).hexdigest()))  # type: ignore[union-attr]
    assert told_ in refused(home, approve, D3, "Li Na")


@pytest.mark.parametrize("event", ["released", "cancelled"])
def test_in_a_folder_made_anew_nothing_more_is_paid(home: Home, event: str) -> None:
    """What went out with other bytes may stand in other files now."""
    act(home, approve, D3, "Li Na")
    if event == "released":
        act(home, release, D3, "Li Na", [ALIPAY])
    else:
        act(home, cancel, D3, "Li Na", "wrong", [ALIPAY])
    edit_log(home, lambda lines: lines[4].update(sha256="0" * 64))
    for what, words in ((approve, ()), (release, ()), (cancel, ("wrong",))):
        assert refused(home, what, D3, "Wang", *words).startswith(
            f"{ALIPAY} of 2025-11-03 was {event} by Li Na on {AT} with sha256 0000000000000000, and the folder of"
        )
