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


def require_same_days(home: Path, folder: Path, every: int) -> None:
    """Settle a home on DuckDB, and the last of so many days on Spark too, beside it, from what DuckDB left: since the
    bytes are the same, DuckDB goes on from what Spark left."""
    for number, day in enumerate(Home(home).export_days(), start=1):
        other = folder / str(day)
        if number % every == 0:
            shutil.copytree(home, other)
            use_spark(other)
            settle_day(other, day, engine="spark")
        settle_day(home, day)
        if other.is_dir():
            expected, found = left(home, day), left(other, day)
            assert len(expected) >= 15
            assert [name for name in sorted(expected | found) if found.get(name) != expected.get(name)] == [], day
            shutil.rmtree(other)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_days_are_the_same_to_the_byte(case: str, tmp_path: Path) -> None:
    spark_or_skip()
    home = home_of(case, tmp_path / "duckdb")
    assert len(Home(home).export_days()) == 20
    require_same_days(home, tmp_path, every=10)


def test_fourteen_days_of_real_orders_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """Online Retail."""
    spark_or_skip()
    write_demo(tmp_path / "duckdb")
    require_same_days(tmp_path / "duckdb", tmp_path, every=1)
    assert len(Home(tmp_path / "duckdb").settled_days()) == 14


@pytest.mark.parametrize(("seed", "schemes"), [(6, False), (13, False), (2, True), (37, True)])
def test_days_of_random_homes_are_the_same_to_the_byte(seed: int, schemes: bool, tmp_path: Path) -> None:
    spark_or_skip()
    write_home(seed, tmp_path / "duckdb", 6, 12, schemes=schemes)
    require_same_days(tmp_path / "duckdb", tmp_path, every=2)


def test_spark_goes_on_from_what_spark_left(tmp_path: Path) -> None:
    """From the first day, and DuckDB after it."""
    spark_or_skip()
    homes = [home_of("schemes-all", tmp_path / name) for name in ("duckdb", "spark")]
    use_spark(homes[1])
    for number, day in enumerate(Home(homes[0]).export_days()[:4]):
        settle_day(homes[0], day)
        settle_day(homes[1], day, engine="spark" if number < 3 else "duckdb")
        assert left(homes[1], day) == left(homes[0], day), day
