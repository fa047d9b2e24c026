"""The golden homes: every row of every day equals what two independent references computed (tests/cases)."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from assets.verification.home import verify_home
from tests.settling import settle_all

CASES = Path(__file__).parents[1] / "cases"
TABLES = ("rewards", "balances", "tickets", "claims", "payouts")


def _expected(case: Path, day: str, table: str) -> pl.DataFrame:
    return pl.read_csv(case / "expected" / day / f"{table}.csv", infer_schema=False).fill_null("")


def _found(home: Home, day: str, table: str, columns: list[str]) -> pl.DataFrame:
    frame = pl.read_parquet(home.root / "settlements" / day / f"{table}.parquet")
    if table == "rewards":  # summed by programme, kind, member, order, commodity
        keys = [column for column in columns if column != "amount"]
        frame = frame.group_by(keys).agg(pl.col("amount").sum()).filter(pl.col("amount") != 0)
    return frame.select(pl.col(columns).cast(pl.String).fill_null(""))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_case(name: str, tmp_path: Path) -> None:
    case = CASES / name
    shutil.copytree(case / "exports", tmp_path / "exports")
    shutil.copy(case / "rules.yaml", tmp_path)
    home = Home(tmp_path)
    days = settle_all(tmp_path)
    assert [day.isoformat() for day in days] == sorted(path.name for path in (case / "expected").iterdir())
    compared = 0
    for day in days:
        for table in TABLES:
            expected = _expected(case, day.isoformat(), table)
            found = _found(home, day.isoformat(), table, expected.columns)
            order = expected.columns
            assert found.sort(order).rows() == expected.sort(order).rows(), f"{name} {day} {table}"
            compared += expected.height
    assert compared > 1_500
    assert not verify_home(home).faults
