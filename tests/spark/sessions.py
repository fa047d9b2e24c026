"""A Spark session of this machine, and a statement carried to it.

Holds: the session's settings, how rows get in and out.
Never holds: an expectation. Neighbours: ``recording.py`` has what goes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from assets.foundation.carrying import to_spark
from assets.foundation.engine import statement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CONF = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Small rows: what would be won by compiling is lost by it.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def session(folder: Path) -> SparkSession:
    """The session, two tasks at a time; what Spark leaves behind lies below ``folder``."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("statements")
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    builder = builder.config("spark.local.dir", str(folder / "local"))
    for key, value in CONF.items():
        builder = builder.config(key, value)
    made: SparkSession = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def carried(spark: SparkSession, path: str, params: Mapping[str, Any]) -> DataFrame:
    """What a statement returns over the temporary views of the session."""
    return spark.sql(to_spark(statement(path).text), args=dict(params))


def lay(spark: SparkSession, inputs: Mapping[str, pa.Table]) -> None:
    """Name the rows of tables as views."""
    for name, table in inputs.items():
        spark.createDataFrame(table).createOrReplaceTempView(name)
