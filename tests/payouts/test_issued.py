"""The register of issued payouts: what it says, when it is written, and what is refused because of it.

Four days of the home of ``tests/pipelines``: the first issues nothing, each of the others does. Neighbour:
``tests/verification/test_issued.py`` for what the second opinion says of the register.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets import issued, seal
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from pipelines.running import Runner
from tests.pipelines.homes import D1, D2, D3, D4, PAID, contents, disk_steps, settle_days, tree, write_home

HEAD = "payout_id,net,content_sha256,seal_sha256"
# 3 November: A gets 24.00 yuan that came back and 114.00 more, B 3.85.
OF_A, OF_B = "P20251103KPVGMEMCTU4KTHM", "P20251103RFE3TSL3PXYV6JL"


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Four settled days; never changed by a test."""
    home = write_home(tmp_path_factory.mktemp("issued") / "home")
    settle_days(home, D1, D2, D3, D4)
    return home


@pytest.fixture
def home(settled: Home, tmp_path: Path) -> Home:
    """A copy of them."""
    shutil.copytree(settled.root, tmp_path / "home")
    return Home(tmp_path / "home")


def register(home: Home) -> dict[str, bytes]:
    return contents(home.issued_root)


def forget(home: Home, *days: object) -> None:
    """Delete sealed folders, as a person might by hand."""
    for day in days:
        shutil.rmtree(home.root / "settlements" / str(day))


def edit(home: Home, day: object, name: str, old: str, new: str) -> None:
    path = home.root / "exports" / str(day) / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(home: Home, *days: object) -> str:
    """Why days are refused, of which the last is; nothing on disk changes by that one."""
    settle_days(home, *days[:-1])  # type: ignore[arg-type]
    before = tree(home.root)
    with pytest.raises(Refused) as no:
        settle_days(home, days[-1])  # type: ignore[arg-type]
    assert tree(home.root) == before
    return str(no.value)


# --- what it says ------------------------------------------------------------------------------------------------


def test_a_row_a_payout_with_what_it_says_and_the_seal(settled: Home) -> None:
    seals = {day: one.sha256 for day in (D2, D3) if (one := settled.seal(day))}

    def says(*fields: str) -> str:
        return hashlib.sha256("\x1f".join(fields).encode()).hexdigest()

    first = says(PAID, "A", "alipay", "a@example.org", "An", "", "2400", "0", "2400", "1", "")
    second = says(OF_A, "A", "alipay", "a@example.org", "An", "", "13800", "0", "13800", "2", PAID)
    third = says(OF_B, "B", "alipay", "b@example.org", "Bo", "", "385", "0", "385", "1", "")
    assert register(settled)["2025-11-02.csv"].decode() == f"{HEAD}\n{PAID},2400,{first},{seals[D2]}\n"
    assert register(settled)["2025-11-03.csv"].decode() == (
        f"{HEAD}\n{OF_A},13800,{second},{seals[D3]}\n{OF_B},385,{third},{seals[D3]}\n"
    )


def test_a_day_without_payouts_has_no_file(settled: Home) -> None:
    assert sorted(register(settled)) == ["2025-11-02.csv", "2025-11-03.csv", "2025-11-04.csv"]
    assert settled.issued_days() == [D2, D3, D4]


def test_it_is_on_disk_after_the_day_and_never_before(
    home: Home, settled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(home.issued_root)
    forget(home, D2, D3, D4)
    done = disk_steps(monkeypatch, home.root)
    settle_days(home, D2)
    assert done[done.index("rename settlements/2025-11-02") :] == [
        "rename settlements/2025-11-02", "sync settlements", "sync .",
        "sync .staging/2025-11-02.csv", "rename issued/2025-11-02.csv", "sync issued", "sync .",
        "sync .staging/audit.jsonl", "rename audit.jsonl", "sync .",
    ]  # fmt: skip
    assert register(home)["2025-11-02.csv"] == register(settled)["2025-11-02.csv"]


# --- a writer that died ------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def die(*_: object, **__: object) -> None:
    raise Killed


def test_who_dies_before_the_seal_has_issued_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(home, D4)
    home.issued(D4).unlink()
    before = contents(home.root)
    monkeypatch.setattr(seal, "publish", die)
    with pytest.raises(Killed):
        settle_days(home, D4)
    assert contents(home.root) == before


@pytest.fixture(scope="module")
def _cut_off(settled: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("cut") / "home")
    shutil.copytree(settled.root, home.root)
    forget(home, D3, D4)
    home.issued(D3).unlink()
    home.issued(D4).unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "enter_issued", die)
        with pytest.raises(Killed):
            settle_days(home, D3)
    assert home.settled_days() == [D1, D2, D3]
    assert home.issued_days() == [D2]
    return home


@pytest.fixture
def cut_off(_cut_off: Home, tmp_path: Path) -> Home:
    """The third day was published; its writer died before it entered what was issued."""
    shutil.copytree(_cut_off.root, tmp_path / "cut")
    return Home(tmp_path / "cut")


def test_the_next_day_makes_up_for_it_before_it_is_opened(
    cut_off: Home, settled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.desk.open_day", die)
        with pytest.raises(Killed):
            settle_days(cut_off, D4)
    assert cut_off.issued(D3).read_bytes() == settled.issued(D3).read_bytes()
    settle_days(cut_off, D4)
    assert register(cut_off) == register(settled)


def test_the_same_day_again_makes_up_for_it(cut_off: Home, settled: Home) -> None:
    with Runner(cut_off, until=D3) as runner:
        assert not runner.settle(D3).fresh
    assert register(cut_off) == {name: raw for name, raw in register(settled).items() if name <= "2025-11-03.csv"}
    assert not cut_off.staging_root.exists()
    before = tree(cut_off.root)
    with Runner(cut_off, until=D3) as runner:
        runner.settle(D3)
    assert tree(cut_off.root) == before


def test_a_home_from_before_there_was_a_register(home: Home, settled: Home) -> None:
    shutil.rmtree(home.issued_root)
    forget(home, D4)
    settle_days(home, D4)
    assert register(home) == register(settled)


@pytest.mark.parametrize("name", ["payouts.parquet", "payouts/manifest.json", "payouts/payouts-20251103-alipay.csv"])
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "edited"])
def test_nothing_is_entered_that_is_not_as_sealed(cut_off: Home, name: str, gone: bool) -> None:
    path = cut_off.settlement(D3) / name
    if gone:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    assert f"settlements/2025-11-03/{name} is not what 2025-11-03 sealed" in refused(cut_off, D4)


def test_a_damaged_seal_enters_nothing(cut_off: Home) -> None:
    path = cut_off.settlement(D3) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"payouts.parquet"', b'"payouts.paquet"'))
    assert "the seal of 2025-11-03 is damaged: it names no payouts" in refused(cut_off, D4)


def test_a_register_that_cannot_be_written_is_made_up_for(
    home: Home, settled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(home, D4)
    home.issued(D4).unlink()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(issued, "replace_file", full)
        with pytest.raises(Refused, match=r"issued/2025-11-04\.csv: the register of .* \(No space left on device\)"):
            settle_days(home, D4)
    assert home.is_settled(D4)
    assert not home.issued(D4).exists()
    with Runner(home, until=D4) as runner:
        runner.settle(D4)
    assert register(home) == register(settled)


# --- folders deleted by hand -------------------------------------------------------------------------------------


def test_the_same_payouts_pass_and_the_file_stays(home: Home) -> None:
    """Days in their turn, though the register knows later ones; the first seal that issued them stays in it."""
    before = tree(home.issued_root)
    forget(home, D3, D4)
    (home.exports(D3) / "members.csv").write_text("member_id,sponsor_id,joined_at\nZ,,2025-10-01T09:00:00\n")
    settle_days(home, D3, D4)
    assert tree(home.issued_root) == before
    now = home.seal(D3)
    assert now
    assert now.sha256 not in home.issued(D3).read_text()


def test_a_payout_of_another_amount(home: Home) -> None:
    forget(home, D3, D4)
    edit(home, D3, "refunds.csv", "R2,O3,80.00", "R2,O3,60.00")
    told = refused(home, D3)
    assert told.startswith(f"{home.issued(D3)}: 2025-11-03 issued other payouts before, which may be on their way: ")
    assert f"{OF_A} issued with 13800 fen, now " in told
    assert told.endswith("or the exports and rules that it was settled with; nothing was published")


def test_a_payout_to_another_account(home: Home) -> None:
    forget(home, D3, D4)
    accounts = "member_id,channel,account_no,account_name,status\nA,alipay,other@example.org,An,active\n"
    (home.exports(D3) / "payout_accounts.csv").write_text(accounts)
    told = refused(home, D3)
    assert f": {OF_A} issued with 13800 fen, now 13800 fen with other content." in told
    assert OF_B not in told
    assert "example.org" not in told


def test_a_payout_that_is_gone(home: Home) -> None:
    forget(home, D3, D4)
    accounts = "member_id,channel,account_no,account_name,status\nB,alipay,b@example.org,Bo,held\n"
    (home.exports(D3) / "payout_accounts.csv").write_text(accounts)
    assert f": {OF_B} issued with 385 fen, now gone." in refused(home, D3)


def test_a_payout_beside_those_issued(home: Home) -> None:
    forget(home, D3, D4)
    lines = home.issued(D3).read_text().splitlines(keepends=True)
    home.issued(D3).write_text("".join(lines[:2]))
    assert f": {OF_B} was not issued, now 385 fen." in refused(home, D3)


def test_an_amount_that_was_changed_in_the_register(home: Home) -> None:
    forget(home, D3, D4)
    home.issued(D3).write_text(home.issued(D3).read_text().replace(",385,", ",384,"))
    assert f": {OF_B} issued with 384 fen, now 385 fen." in refused(home, D3)


def test_the_first_five_are_named(home: Home) -> None:
    forget(home, D3, D4)
    lines = home.issued(D3).read_text().splitlines(keepends=True)
    more = [lines[1].replace(OF_A, f"P20251103{letter * 15}") for letter in "LMNOPQ"]
    home.issued(D3).write_text("".join([*lines[:2], *more, lines[2]]))
    told = refused(home, D3)
    named = [f"P20251103{letter * 15} issued with 13800 fen, now gone" in told for letter in "LMNOPQ"]
    assert named == [True, True, True, True, True, False]
    assert "; and 1 more. Bring back" in told


def test_payouts_of_days_before_the_first(home: Home) -> None:
    forget(home, D1, D2, D3, D4)
    for day in (D1, D2):
        shutil.rmtree(home.exports(day))
    (home.exports(D3) / "members.csv").write_text("member_id,sponsor_id,joined_at\nA,,2025-10-01T09:00:00\n")
    (home.exports(D3) / "merchants.csv").write_text(
        "merchant_id,name,group,concession_bp,referrer_id\nS,Tea house,,0,\n"
    )
    for name in ("refunds", "redemptions", "queue_exits", "payout_results"):
        (home.exports(D3) / f"{name}.csv").unlink()
    told = refused(home, D3)
    assert f"{home.issued(D2)}: payouts of 2025-11-02 were issued, and the settled days" in told


# --- a damaged register ------------------------------------------------------------------------------------------


def _rows(change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    return lambda path: path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


DAMAGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "no CSV (NoDataError)"),
    "binary": (lambda path: path.write_bytes(b"\xff\xfe\x00"), "damaged: "),
    "only a head": (_rows(lambda lines: lines[:1]), "it is cut short"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-1]), "it is cut short"),
    "cut within a row": (lambda path: path.write_bytes(path.read_bytes()[:-9]), "row 3 is no payout of the day"),
    "another head": (
        _rows(lambda lines: ["id,net,content_sha256,seal_sha256\n", *lines[1:]]), "found columns 'id, net, content_"),
    "another order": (_rows(lambda lines: [lines[0], lines[2], lines[1]]), "row 3 is no payout of the day in the"),
    "a payout twice": (_rows(lambda lines: [*lines, lines[2]]), "row 4 is no payout"),
    "a payout of another day": (
        _rows(lambda lines: [lines[0], lines[1].replace("P20251103", "P20251102"), lines[2]]), "row 2 is no payout"),
    "no amount": (_rows(lambda lines: [lines[0], lines[1].replace(",13800,", ",,"), lines[2]]), "row 2 is no payout"),
    "no number": (_rows(lambda lines: [lines[0], lines[1].replace("138", "1.8"), lines[2]]), "row 2 is no payout"),
    "a row too short": (_rows(lambda lines: [*lines[:2], f"{OF_B},385\n"]), "row 3 is no payout"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_register_is_no_register(settled: Home, tmp_path: Path, name: str) -> None:
    damage, what = DAMAGED[name]
    path = tmp_path / "2025-11-03.csv"
    shutil.copy(settled.issued(D3), path)
    damage(path)
    with pytest.raises(Refused) as no:
        issued.read_issued(path, D3)
    assert str(no.value).startswith(f"{path}: the register of what 2025-11-03 issued is damaged: ")
    assert what in str(no.value)


def test_a_damaged_register_stops_its_day(home: Home) -> None:
    forget(home, D4)
    home.issued(D4).write_bytes(home.issued(D4).read_bytes()[:-1])
    assert "what 2025-11-04 issued is damaged: it is cut short; nothing was published" in refused(home, D4)


def test_a_register_that_is_no_folder(home: Home) -> None:
    forget(home, D2, D3, D4)
    shutil.rmtree(home.issued_root)
    home.issued_root.write_text("")
    assert "issued: found something that is no folder" in refused(home, D2)
