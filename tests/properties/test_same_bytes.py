"""What may not change a byte: the order of rows in a file, CSV or Parquet, threads, day by day or a range.

Holds: one random home settled in several ways, every output file compared.
Never holds: what the figures are.
Neighbour: ``test_random_homes.py``.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from pipelines.running import Runner
from tests.reference.homes import write_home
from tests.settling import settle_all

pytestmark = pytest.mark.slow
SEEDS = ((3, False), (41, False), (48, True))  # the last with every scheme
DAYS = 5


def _outputs(home: Path, *, with_manifest: bool) -> dict[str, str]:
    """sha256 of every sealed file; where inputs differ by form, seals and quarantine (row numbers) are left out."""
    found = {}
    for path in sorted((home / "settlements").rglob("*")):
        name = path.relative_to(home).as_posix()
        if path.is_file() and (with_manifest or not (path.name == "manifest.json" or "/quarantine/" in name)):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _shuffled_copy(source: Path, target: Path, seed: int) -> None:
    """The same rows in another order. Files in which the last row counts keep theirs."""
    shutil.copytree(source, target)
    rng = random.Random(seed)
    for path in (target / "exports").glob("*/*.csv"):
        if path.stem in ("merchants", "payout_accounts", "payout_results"):
            continue
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        rng.shuffle(rows)
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def _parquet_copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    for path in (target / "exports").glob("*/*.csv"):
        frame = pl.read_csv(path, infer_schema=False).fill_null("")
        frame.write_parquet(path.with_suffix(".parquet"))
        path.unlink()


@pytest.mark.parametrize(("seed", "schemes"), SEEDS)
def test_same_bytes(seed: int, schemes: bool, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    write_home(seed, plain, DAYS, 12, schemes=schemes)
    shutil.copytree(plain, tmp_path / "one thread")
    shutil.copytree(plain, tmp_path / "range")
    _shuffled_copy(plain, tmp_path / "shuffled", seed)
    _parquet_copy(plain, tmp_path / "parquet")
    days = settle_all(plain, threads=2)
    settle_all(tmp_path / "one thread", threads=1)
    with Runner(Home(tmp_path / "range"), until=days[-1]) as runner:
        for day in days:
            runner.settle(day)
    settle_all(tmp_path / "shuffled")
    settle_all(tmp_path / "parquet")
    sealed, tables = _outputs(plain, with_manifest=True), _outputs(plain, with_manifest=False)
    assert len(tables) > 20 * DAYS
    assert _outputs(tmp_path / "one thread", with_manifest=True) == sealed
    assert _outputs(tmp_path / "range", with_manifest=True) == sealed
    assert _outputs(tmp_path / "shuffled", with_manifest=False) == tables
    assert _outputs(tmp_path / "parquet", with_manifest=False) == tables
