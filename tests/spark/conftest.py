"""The calls that statements were recorded with, and one Spark session for all that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.spark.recording import Call, record
from tests.sparking import spark_or_skip

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What every statement was given, with what DuckDB returned."""
    return record(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A session of this machine."""
    spark_or_skip()
    from tests.spark.sessions import session

    with session() as made:
        yield made
