"""Which engine runs the statements of a day: DuckDB in this process, or Spark.

Holds: opening either, with what the home's settings say of a cluster.
Never holds: what an engine does (``assets/foundation/``).
Neighbour: ``desk.py`` opens one for each day.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.settings import EngineName, read_settings


def open_engine(
    root: Path, name: EngineName, *, threads: int | None = None, spill: Path | None = None, memory: int | None = None
) -> Engine:
    """An engine for a day of the home in ``root``. ``threads``, ``spill`` and ``memory`` (bytes) are DuckDB's: Spark's
    own settings say what it may use.

    Raises Refused where Spark is not installed or its session cannot be opened.
    """
    if name == "duckdb":
        return DuckEngine(threads=threads, spill=spill, memory=memory)
    try:
        from pyspark.errors import PySparkException

        from assets.foundation.cluster import open_cluster
        from assets.foundation.spark import SparkEngine
    except ImportError as missing:
        raise Refused(
            f"engine spark: {missing.name} is not installed; allowed: pip install 'settle[spark]', or --engine duckdb"
        ) from None
    spark = read_settings(root).spark
    # Where executors look for Python is asked of the environment alone; those of this machine have the same as we.
    if python := spark.conf.get("spark.pyspark.python", sys.executable if spark.master.startswith("local") else None):
        os.environ["PYSPARK_PYTHON"] = python
    try:
        return SparkEngine(open_cluster(spark.master, spark.remote, spark.conf), spark.near_rows)
    except PySparkException as fault:
        said = (str(fault).splitlines() or [type(fault).__name__])[0]
        raise Refused(
            f"engine spark: no session at {spark.remote or spark.master} ({said}); allowed: a cluster that answers, and"
            " Java 17 or later"
        ) from fault
