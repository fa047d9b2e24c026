"""What the second opinion says of the register of issued payouts, and of every way in which somebody may touch it.

Neighbour: ``conftest.py`` has the home; ``tests/payouts/test_issued.py`` is about writing the register.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.foundation.store import Home
from assets.verification.home import verify_home
from tests.pipelines.homes import D1, D2, D3, D4, settle_days
from tests.verification.conftest import Forger

OF_A, OF_B = "P20251103KPVGMEMCTU4KTHM", "P20251103RFE3TSL3PXYV6JL"
FILE = "issued/2025-11-03.csv"


def rows(change: Callable[[list[str]], list[str]]) -> Callable[[Home], object]:
    def tamper(home: Home) -> None:
        path = home.issued(D3)
        path.write_text("".join(change(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")

    return tamper


def swap(old: str, new: str) -> Callable[[Home], object]:
    def tamper(home: Home) -> None:
        text = home.issued(D3).read_text(encoding="utf-8")
        assert old in text
        home.issued(D3).write_text(text.replace(old, new, 1), encoding="utf-8")

    return tamper


def write(name: str) -> Callable[[Home], object]:
    return lambda home: shutil.copy(home.issued(D3), home.issued_root / name)


def other_content(home: Home) -> None:
    before = home.issued(D3).read_text(encoding="utf-8").split(",13800,")[1][:64]
    swap(before, "0" * 64)(home)


def another_seal(home: Home) -> None:
    text = home.issued(D3).read_text(encoding="utf-8")
    home.issued(D3).write_text(f"{text[:-65]}{'0' * 64}\n", encoding="utf-8")


# file, what, expected (None: not looked at), found
TOUCHED: dict[str, tuple[Callable[[Home], object], str, str, str | None, str | None]] = {
    "missing": (
        lambda home: home.issued(D3).unlink(), FILE, "the register of the day", "2 payouts", "no such file"),
    "an amount": (swap(",13800,", ",13801,"), FILE, f"payout {OF_A}", None, None),
    "a content": (other_content, FILE, f"payout {OF_A}", None, f"net 13800 fen, content {'0' * 16}"),
    "an id": (swap(OF_B, OF_B[:-1] + "2"), FILE, f"payout {OF_B[:-1]}2", "no such payout", None),
    "a row taken out": (rows(lambda lines: lines[:2]), FILE, f"payout {OF_B}", None, "no such payout"),
    "a row more": (
        rows(lambda lines: [*lines, lines[2].replace(OF_B, "P20251103ZZZZZZZZZZZZZZZ")]),
        FILE, "payout P20251103ZZZZZZZZZZZZZZZ", "no such payout", None),
    "a row twice": (
        rows(lambda lines: [*lines, lines[2]]), FILE, "the register of the day", "readable, as written",
        "a payout twice"),
    "another order": (
        rows(lambda lines: [lines[0], lines[2], lines[1]]), FILE, "rows", "in the order of payout_id", "otherwise"),
    "two seals": (another_seal, FILE, "seal_sha256", "one seal", "2 of them"),
    "a head": (
        swap("payout_id", "id"), FILE, "the register of the day", "readable, as written",
        "columns 'id, net, content_sha256, seal_sha256'"),
    "a field more": (
        rows(lambda lines: [*lines[:2], lines[2].strip() + ",x\n"]), FILE, "the register of the day", None,
        "a row without 4 fields"),
    "nothing in it": (rows(lambda _: []), FILE, "the register of the day", "readable, as written", None),
    "of a day without payouts": (
        write("2025-11-01.csv"), "issued/2025-11-01.csv", "the register of a day without payouts", "no such file",
        "2 payouts"),
    "of a day that was never settled": (
        write("2025-12-24.csv"), "issued/2025-12-24.csv", "the sealed folder of 2025-12-24, which issued payouts",
        "a sealed folder", "none"),
    "of no day": (
        write("copy.csv"), "issued/copy.csv", "a file or folder of no day", "files named by date", "present"),
    "a copy of a day": (
        write("2025-11-03.bak"), "issued/2025-11-03.bak", "a file or folder of no day", "files named by date",
        "present"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOUCHED)
def test_what_was_touched_is_named(forger: Forger, name: str) -> None:
    tamper, where, what, expected, found = TOUCHED[name]
    tamper(forger.home)
    outcome = verify_home(forger.home)
    assert {fault.kind for fault in outcome.faults} == {"issued"}
    fault = outcome.faults[0]
    assert (fault.where, fault.what) == (where, what)
    assert expected in (None, fault.expected)
    assert found in (None, fault.found)
    assert fault.expected != fault.found


def test_the_register_alone_is_read_up_to_the_day_asked_for(forger: Forger) -> None:
    swap(",13800,", ",13801,")(forger.home)
    assert verify_home(forger.home, upto=D2, only=D2).clean
    assert not verify_home(forger.home, upto=D4, only=D4).clean


def test_days_whose_folders_are_gone(forger: Forger) -> None:
    for day in (D3, D4):
        shutil.rmtree(forger.home.settlement(day))
    assert verify_home(forger.home, upto=D2, only=D2).clean
    outcome = verify_home(forger.home)
    assert [(fault.kind, fault.where, fault.day) for fault in outcome.faults] == [
        ("issued", "issued/2025-11-03.csv", D3),
        ("issued", "issued/2025-11-04.csv", D4),
        ("log", "audit.jsonl", D3),
        ("log", "audit.jsonl", D4),
    ]
    shutil.rmtree(forger.home.root / "settlements")
    assert len(verify_home(forger.home).of_kind("issued")) == 3


def test_a_channel_file_that_was_touched_is_not_what_was_issued(forger: Forger) -> None:
    """Sealed anew with the money going elsewhere: nothing else knows it."""
    path: Path = forger.path(D3, "payouts/payouts-20251103-alipay.csv")
    path.write_bytes(path.read_bytes().replace(b",An,", b",Om,"))
    listed = forger.path(D3, "payouts/manifest.json")
    forger.reseal(D3)
    sealed = forger.home.seal(D3)
    assert sealed
    digest = sealed.content["outputs"]["payouts/payouts-20251103-alipay.csv"]["sha256"]
    before = listed.read_text()
    old = before.split('"payouts-20251103-alipay.csv"')[1].split('"sha256": "')[1][:64]
    listed.write_text(before.replace(old, digest))
    forger.reseal(D3)
    outcome = verify_home(forger.home)
    assert [(fault.where, fault.what) for fault in outcome.faults] == [(FILE, f"payout {OF_A}")]


def test_a_channel_file_that_cannot_be_read(forger: Forger) -> None:
    forger.path(D3, "payouts/payouts-20251103-alipay.csv").write_text("payout_id\n")
    fault = verify_home(forger.home).of_kind("issued")[0]
    assert (fault.where, fault.what) == ("settlements/2025-11-03/payouts/", "the channel files")


def test_a_day_settled_again_with_the_same_payouts_is_worth_a_word(forger: Forger) -> None:
    shutil.rmtree(forger.home.settlement(D4))
    (forger.home.exports(D4) / "members.csv").write_text("member_id,sponsor_id,joined_at\nZ,,2025-10-01T09:00:00\n")
    settle_days(forger.home, D4)
    outcome = verify_home(forger.home)
    assert outcome.clean
    assert outcome.notes == [
        "issued/2025-11-04.csv names an earlier seal of 2025-11-04: the day was settled again since, with the same"
        " payouts"
    ]
    assert verify_home(forger.home, upto=D1, only=D1).notes == []
