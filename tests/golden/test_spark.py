"""The golden homes, real orders and random homes on Spark: what a day leaves is to the byte what DuckDB leaves,
whichever engine settled the days before it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from assets.foundation.store import Home
from pipelines.demo import write_demo
from tests.reference.homes import write_home
from tests.settling import settle_day
from tests.sparking import spark_or_skip, use_spark

pytestmark = [pytest.mark.spark, pytest.mark.slow]
CASES = Path(__file__).parents[1] / "cases"
# One day in so many runs on Spark, the others on DuckDB: each engine goes on from what the other left.
EVERY, OFTEN = 4, 2


@pytest.fixture(autouse=True)
def few_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ups that take as many rows as are needed begin with one, so that these short lives need more."""
    monkeypatch.setattr("assets.day._FIRST", 1)


def left(home: Path, day: date) -> dict[str, bytes]:
    """Every file of a settled day."""
    folder = Home(home).settlement(day)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def home_of(case: str, folder: Path) -> Path:
    folder.mkdir()
    shutil.copytree(CASES / case / "exports", folder / "exports")
    shutil.copy(CASES / case / "rules.yaml", folder)
    return folder


def require_same(ours: Path, theirs: Path, day: date) -> None:
    expected, found = left(ours, day), left(theirs, day)
    assert len(expected) > 20
    assert [name for name in sorted(expected | found) if found.get(name) != expected.get(name)] == [], day


def require_same_days(ours: Path, theirs: Path, every: int) -> None:
    """All days of two homes: of the second, the last of so many on Spark and those before it on DuckDB."""
    use_spark(theirs)
    for number, day in enumerate(Home(ours).export_days(), start=1):
        settle_day(ours, day)
        settle_day(theirs, day, engine="duckdb" if number % every else "spark")
        require_same(ours, theirs, day)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_days_are_the_same_to_the_byte(case: str, tmp_path: Path) -> None:
    spark_or_skip()
    ours, theirs = home_of(case, tmp_path / "duckdb"), home_of(case, tmp_path / "spark")
    assert len(Home(ours).export_days()) == 20
    require_same_days(ours, theirs, OFTEN if case == "fifo-merchant" else EVERY)


def test_fourteen_days_of_real_orders_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """Online Retail, every day on Spark."""
    spark_or_skip()
    ours, theirs = tmp_path / "duckdb", tmp_path / "spark"
    for home in (ours, theirs):
        write_demo(home)
    require_same_days(ours, theirs, every=1)
    assert len(Home(theirs).settled_days()) == 14


@pytest.mark.parametrize(("seed", "schemes"), [(6, False), (13, False), (2, True), (37, True)])
def test_days_of_random_homes_are_the_same_to_the_byte(seed: int, schemes: bool, tmp_path: Path) -> None:
    spark_or_skip()
    ours, theirs = tmp_path / "duckdb", tmp_path / "spark"
    for home in (ours, theirs):
        write_home(seed, home, 6, 12, schemes=schemes)
    require_same_days(ours, theirs, OFTEN)
