"""A statement carried to the Spark session of this machine.

Holds: how rows get in, how small statements are planned.
Never holds: an expectation. Neighbours: ``recording.py`` has what goes in, ``tests/sparking.py`` the session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from assets.foundation.carrying import carry, to_spark
from assets.foundation.engine import statement
from tests.sparking import local_cluster

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Two parts, so that rows meet across tasks; few rows: what would be won by compiling is lost by it, and nothing is sent
# to all tasks that is not known to be small.
_PLANNED = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}


@contextmanager
def session() -> Iterator[SparkSession]:
    """The session that all tests of this process share, planning in two parts meanwhile."""
    made: SparkSession = local_cluster().session
    usual = {key: made.conf.get(key, None) for key in _PLANNED}
    for key, value in _PLANNED.items():
        made.conf.set(key, value)
    yield made
    for key, before in usual.items():
        if before is None:
            made.conf.unset(key)
        else:
            made.conf.set(key, before)


def carried(spark: SparkSession, path: str, params: Mapping[str, Any]) -> DataFrame:
    """What a statement returns over the temporary views of the session."""
    text = statement(path).text
    names = {name: f"of_{name}" for name in carry(text).reads}
    return spark.sql(to_spark(text, names), args=dict(params))


def lay(spark: SparkSession, inputs: Mapping[str, pa.Table]) -> None:
    """Name the rows of tables as views."""
    for name, table in inputs.items():
        spark.createDataFrame(table).createOrReplaceTempView(f"of_{name}")
