"""A generated home is what the benchmark says it is: the same for the same arguments, and one that settles."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import pytest

from assets.foundation import seen
from assets.foundation.store import Home
from assets.verification.findings import SEAL_KINDS
from assets.verification.home import verify_home
from tests.bench.bench import MODES
from tests.bench.generate import PRIOR, TODAY, Size, write_home
from tests.settling import settle_day

ORDERS = 2000

# The day before has a state that no journal led to: what sums all journals, or follows a ticket or a claim from its
# start, finds nothing to start from. These look at the days by themselves.
BY_ITSELF = (*SEAL_KINDS, "entries", "intake", "payouts", "subledger", "controls")


def tree(folder: Path) -> dict[str, str]:
    """Every file below, by the hash of its bytes; not the record of times and inodes, which are each home's own."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != seen.NAME
    }


def table(home: Home, name: str) -> pl.DataFrame:
    return pl.read_csv(home.exports(TODAY) / f"{name}.csv", infer_schema=False)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, second, other = (
        tree(write_home(tmp_path / name, Size(ORDERS, seed=seed)).root) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == second
    assert first.keys() == other.keys()
    for name in ("orders", "refunds"):
        file = f"exports/{TODAY}/{name}.csv"
        assert first[file] != other[file], "another seed, another day"


def test_proportions(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", Size(ORDERS, waiting=3))
    orders, refunds = table(home, "orders"), table(home, "refunds")
    assert orders.height == orders["order_id"].n_unique() == ORDERS
    late = refunds.join(orders, on="order_id", how="anti").height
    assert 0.01 <= refunds.height / ORDERS <= 0.03
    assert 0.3 <= late / refunds.height <= 0.7
    seal = home.seal(PRIOR)
    assert seal is not None
    rows = {name: sum(segment["rows"] for segment in segments) for name, segments in seal.content["state"].items()}
    assert (rows["members"], rows["tickets"], rows["merchants"]) == (ORDERS // 2, 3 * ORDERS, 5000)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_the_day_settles_and_is_clean_by_itself(tmp_path: Path, mode: str) -> None:
    home = write_home(tmp_path / "home", Size(ORDERS, mode=mode))
    sealed = settle_day(home.root, TODAY)
    assert pl.read_parquet(sealed / "controls.parquet")["ok"].all()
    assert not list(sealed.glob("quarantine/*")), "every row is sound: the day is about settling"
    found = verify_home(home)
    assert not found.stopped
    # The payout files of the day before were never written: it paid nobody.
    faults = [
        fault
        for fault in found.faults
        if fault.kind in BY_ITSELF and (fault.day != PRIOR or fault.kind not in ("payouts", "issued"))
    ]
    assert not faults
    assert all(found.tallies[kind].days for kind in BY_ITSELF)
