"""A sealed day that somebody touched: named and refused when it, or the next day, is run; nothing changes on disk.

Inputs and rules of a sealed day are in ``test_command_line.py``, a touched state in ``test_hard_places.py``, payouts
that differ from those issued in ``tests/payouts/test_issued.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date

import pytest

from assets.foundation.store import Home
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, tree
from tests.pipelines.test_command_line import said

Change = Callable[[Home], object]


def edited(day: date, name: str) -> Change:
    def change(home: Home) -> None:
        path = home.settlement(day) / name
        path.write_bytes(path.read_bytes() + b"\n")

    return change


def gone(day: date, name: str) -> Change:
    return lambda home: (home.settlement(day) / name).unlink()


def refused(home: Home, day: date) -> str:
    before = tree(home.root)
    told = said("run", "--home", home.root, "--date", day)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("refused: ")
    assert tree(home.root) == before
    return told.err


OUTPUTS = ("report.html", "payouts.parquet", "payouts/manifest.json", "payouts/payouts-20251102-alipay.csv")
STATE = ("state/orders.arrow", "state/orders.order_id.arrow", "state/payouts.parquet")


@pytest.mark.parametrize("name", [*OUTPUTS, "balances.parquet", *STATE])
def test_a_file_of_the_day_before(settled: Home, name: str) -> None:
    edited(D2, name)(settled)
    assert f"settlements/2025-11-02/{name} is not what 2025-11-02 sealed" in refused(settled, D3)
    gone(D2, name)(settled)
    assert f"settlements/2025-11-02/{name} is part of what 2025-11-02 sealed and is gone" in refused(settled, D3)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_file_of_the_day_itself(settled: Home, name: str) -> None:
    edited(D2, name)(settled)
    told = refused(settled, D2)
    assert f"2025-11-02 is settled, but: settlements/2025-11-02/{name} is not the file that was sealed" in told
    gone(D2, name)(settled)
    assert f"settlements/2025-11-02/{name} was sealed and is gone (settle verify says more)" in refused(settled, D2)


def test_the_quarantine_of_a_day_further_back(settled: Home) -> None:
    """It was as sealed when the next day followed; it is looked at when its own day is run again, or by verify."""
    edited(D1, "quarantine/orders.csv")(settled)
    assert "2025-11-01/quarantine/orders.csv is not the file that was sealed" in refused(settled, D1)


SEALS: dict[str, tuple[Change, str]] = {
    "the seal cut short": (
        lambda home: (home.settlement(D2) / "manifest.json").write_text("{"), "the seal of 2025-11-02 is damaged"),
    "the seal gone": (gone(D2, "manifest.json"), "2025-11-03 cannot be settled: 2025-11-02 is not settled"),
    "the seal before edited": (
        edited(D1, "manifest.json"), "2025-11-01/manifest.json is not the seal that 2025-11-02 names"),
    "the seal before cut short": (
        lambda home: (home.settlement(D1) / "manifest.json").write_text("{"), "the seal of 2025-11-01 is damaged"),
    "the seal before gone": (
        gone(D1, "manifest.json"), "2025-11-02 follows 2025-11-01, whose sealed folder is gone; nothing was settled"),
    "the day before it gone": (
        lambda home: shutil.rmtree(home.settlement(D1)),
        "2025-11-02 follows 2025-11-01, whose sealed folder is gone; nothing was settled"),
    "all exports of the first day gone": (
        lambda home: (shutil.rmtree(home.settlement(D1)), shutil.rmtree(home.exports(D1))),
        "2025-11-02 follows 2025-11-01, whose sealed folder is gone"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEALS)
def test_a_seal(settled: Home, name: str) -> None:
    change, why = SEALS[name]
    change(settled)
    assert why in refused(settled, D3)


@pytest.mark.parametrize("name", ["", "manifest.json"], ids=["folder", "seal"])
def test_a_gap_in_the_days(settled: Home, name: str) -> None:
    settle_days(settled, D3)
    if name:
        gone(D2, name)(settled)
    else:
        shutil.rmtree(settled.settlement(D2))
    told = refused(settled, D4)
    assert "settlements/2025-11-02: the sealed folder of 2025-11-02 is gone, between 2025-11-01 and 2025-11-03" in told


def test_exports_of_a_sealed_day_that_are_gone(settled: Home) -> None:
    shutil.rmtree(settled.exports(D2))
    told = refused(settled, D2)
    assert "2025-11-02 is settled, but: exports/2025-11-02/orders.csv was taken and is gone;" in told
    assert "exports/2025-11-02/refunds.csv was taken and is gone. Corrections" in told
