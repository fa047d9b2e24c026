"""Which days books are made of, that their files are those that were sealed, and that they add up."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.books.beancount import beancount
from assets.books.gathering import gather
from assets.foundation.errors import Refused
from assets.foundation.store import Home, sha256_file
from tests.books.conftest import RULES
from tests.books.reading import by_beancount, sealed
from tests.settlement.ledger import Book

D2, D3 = (date(2026, 11, day) for day in (2, 3))
TURN_OF_MONTH = """
2026-10-30
member A
merchant S
order O1 A S 10.00
2026-10-31
order O2 A S 20.00
2026-11-01
order O3 A S 30.00
"""


def test_months_are_closed_on_control_accounts(tmp_path: Path) -> None:
    Book(tmp_path, RULES, TURN_OF_MONTH)
    path, home = tmp_path / "books", Home(tmp_path)
    text = "".join(beancount(gather(home, None, None, by_holder=False)))
    path.write_text(text, encoding="utf-8")
    assert by_beancount(path) == sealed(home, date(2026, 11, 1), by_holder=False)
    stated = [line for line in text.splitlines() if " balance " in line]
    assert [line[:10] for line in stated] == ["2026-11-01"] * 5 + ["2026-11-02"] * 5
    assert "2026-11-01 balance Assets:Receivable:Merchants  15.00 ~ 0 CNY" in stated
    assert "2026-11-02 balance Assets:Receivable:Merchants  30.00 ~ 0 CNY" in stated
    by_holder = "".join(beancount(gather(home, None, None, by_holder=True)))
    assert "\n2026-11-01 balance" not in by_holder


def test_a_file_that_was_not_sealed(settled: Path, tmp_path: Path) -> None:
    for name in ("entries", "balances"):
        root = tmp_path / name
        shutil.copytree(settled, root)
        path = root / "settlements" / "2026-11-02" / f"{name}.parquet"
        pl.read_parquet(path).head(1).write_parquet(path)
        with pytest.raises(Refused, match=rf"{name}\.parquet: not the file that was sealed"):
            gather(Home(root), D2, D2, by_holder=False)


def test_what_does_not_add_up(settled: Path, tmp_path: Path) -> None:
    """Whoever seals a changed file himself is found by the sums."""
    root = tmp_path / "home"
    shutil.copytree(settled, root)
    path = root / "settlements" / "2026-11-02" / "entries.parquet"
    lines = pl.read_parquet(path).with_columns(credit=pl.col("credit") + 1)
    lines.write_parquet(path)
    seal = path.with_name("manifest.json")
    content = json.loads(seal.read_bytes())
    content["outputs"][path.name]["sha256"] = sha256_file(path)
    seal.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Refused, match=r"opening and movements from 2026-11-02 to 2026-11-03 are not the balance"):
        gather(Home(root), D2, D3, by_holder=True)


def test_days_that_are_not_settled(settled: Path) -> None:
    with pytest.raises(Refused, match="allowed the settled days: 2026-11-01 to 2026-11-03"):
        gather(Home(settled), D2, date(2026, 11, 4), by_holder=False)
