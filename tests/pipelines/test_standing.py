"""`settle status`: ages of payouts in transit, debts, what it reads for them, and how it looks in a terminal."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.sealed import Standing, standing
from pipelines.standing import _AGES, _payouts, show_status
from tests.pipelines.homes import D1, D2, D3, D4, settle_days, tree, write_home
from tests.verification.conftest import RICH


def shown(home: Home, **how: object) -> str:
    file = io.StringIO()
    show_status(Console(file=file, width=100, **how), home)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize(
    ("age", "place"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (400, 3)]
)  # fmt: skip
def test_every_age_has_one_place(age: int, place: int) -> None:
    last = date(2025, 11, 30)
    now = Standing([(last - timedelta(days=age), 1234, 56_789_001)], 0, 0)
    told = [_payouts(now, last, *ages) for ages in _AGES]
    assert told.pop(place) == "1,234 payouts, 567,890.01 yuan"
    assert set(told) == {"0 payouts, 0.00 yuan"}


def test_of_the_state_only_payouts_and_debts_are_read(settled: Home) -> None:
    before = shown(settled)
    for path in settled.root.glob("settlements/*/state/*"):
        if path.name.split(".")[0] not in ("payouts", "debts"):
            path.unlink()
    assert shown(settled) == before
    next(settled.root.glob("settlements/*/state/payouts.parquet")).unlink()
    with pytest.raises(Refused, match=r"state/payouts\.parquet is part of the sealed state of 2025-11-02 and is gone$"):
        shown(settled)


def test_a_table_in_a_terminal(settled: Home) -> None:
    before = tree(settled.root)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(settled, force_terminal=True))
    assert re.search(r" head of the chain +2025-11-02, seal [0-9a-f]{16} ", text)
    assert re.search(r"   0 to 1 days +1 payout, 24\.00 yuan ", text)
    assert tree(settled.root) == before


def test_a_command_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    home = write_home(tmp_path / "the [b]shop's home")
    assert shown(home).endswith(f"settle run --date 2025-11-01 --home '{tmp_path}/the [b]shop'\"'\"'s home'\n")


@pytest.mark.slow
def test_debts_and_payouts_of_several_days(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", RICH)
    settle_days(home, D1, D2, D3, D4)
    head = home.seal(D4)
    assert head
    now = standing(home, head)
    assert (now.debtors, now.debt_fen > 0) == (1, True)
    lines = dict(line.strip().split(":", 1) for line in shown(home).splitlines())
    assert re.fullmatch(r" +1 member, [\d,.]+ yuan", lines["in debt"])
    payouts = [int(lines[name].split()[0]) for name in ("payouts in transit", "0 to 1 days", "2 to 3 days")]
    assert payouts[0] == payouts[1] + payouts[2] == sum(row[1] for row in now.in_transit) > 0
