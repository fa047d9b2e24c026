"""A year of equal days in small: it settles, nothing of it is refused, and its days are compared."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from tests.bench.year import FIRST, main


@pytest.mark.slow
def test_the_days_settle_and_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "year.json"
    folder = tmp_path / "home"
    assert main(["--orders", "300", "--days", "18", "--home", str(folder), "--json", str(kept)]) == 0
    told = capsys.readouterr().out
    assert "day 18 / day 10:" in told
    days = json.loads(kept.read_text(encoding="utf-8"))
    assert [one["day"] for one in days] == list(range(1, 19))
    home = Home(folder)
    totals: dict[str, dict[str, int]] = {}
    for day in home.settled_days():
        seal = home.seal(day)
        assert seal
        for file, row in seal.content["totals"].items():
            of = totals.setdefault(file, {"in": 0, "quarantined": 0})
            of["in"] += row["rows_in"]
            of["quarantined"] += row["rows_quarantined"]
    assert all(not of["quarantined"] for of in totals.values()), totals
    assert totals["orders"]["in"] == 18 * 300
    # Refunds of the same day, and of the last two weeks.
    last = Home(folder).exports(max(home.settled_days()))
    orders, refunds = (pl.read_csv(last / f"{name}.csv", infer_schema=False) for name in ("orders", "refunds"))
    assert 0 < refunds.join(orders, on="order_id", how="anti").height < refunds.height
    assert totals["payout_results"]["in"] > 0
    assert min(home.settled_days()) == FIRST
