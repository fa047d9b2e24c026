"""Which engine runs the statements of a day: DuckDB in this process, or Spark.

Holds: opening either, with what the home's settings say of a cluster.
Never holds: what an engine does (``assets/foundation/``).
Neighbour: ``desk.py`` opens one for each day.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.settings import EngineName, read_settings
from assets.foundation.store import Home


def open_engine(home: Home, name: EngineName, **bounds: Any) -> Engine:
    """An engine for a day of a home. ``bounds`` are those of ``DuckEngine``: Spark's own settings say what it may use.

    Raises Refused where Spark is not installed or its session cannot be opened.
    """
    if name == "duckdb":
        return DuckEngine(**bounds)
    try:
        from pyspark.errors import PySparkException

        from assets.foundation.cluster import open_cluster
        from assets.foundation.spark import SparkEngine
    except ImportError as missing:
        raise Refused(
            f"engine spark: {missing.name} is not installed; allowed: pip install 'settle[spark]', or --engine duckdb"
        ) from None
    spark = read_settings(home.root).spark
    local = re.match(r"local(\[|$)", spark.master)
    # Where executors look for Python is asked of the environment alone; those of this machine have the same as we.
    if python := spark.conf.get("spark.pyspark.python", sys.executable if local else None):
        os.environ["PYSPARK_PYTHON"] = python
    try:
        cluster = open_cluster(spark.master, spark.remote, spark.conf)
        return SparkEngine(cluster, spark.near_rows, home.everywhere if spark.remote or not local else str)
    except PySparkException as fault:
        said = (str(fault).splitlines() or [type(fault).__name__])[0]
        raise Refused(
            f"engine spark: no session at {spark.remote or spark.master} ({said}); allowed: a cluster that answers, and"
            " Java 17 or later"
        ) from fault
