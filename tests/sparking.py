"""Spark in tests: one local session a process, and what a home's settings say to get the same one.

Holds: the settings, opening the session; skipping where pyspark is not installed.
Never holds: expected figures.
Neighbour: ``tests/foundation/test_spark.py``, ``tests/golden/test_spark.py`` and ``tests/pipelines/test_engines.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from assets.foundation.cluster import Cluster

MASTER = "local[2]"
# A small day is all starting up: the compiler that is quick at once, a collector that needs no threads of its own.
CONF = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=512m",
    "spark.log.level": "OFF",
}


def spark_or_skip() -> None:
    """Skip the test where pyspark is not installed; it fails where Java is missing."""
    pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'settle[spark]'")


def local_cluster() -> Cluster:
    """The session that homes with ``use_spark`` open, too."""
    spark_or_skip()
    from assets.foundation.cluster import open_cluster

    os.environ["PYSPARK_PYTHON"] = sys.executable
    return open_cluster(MASTER, None, CONF)


def use_spark(home: Path, *, near_rows: int | None = None, master: str = MASTER, **conf: str) -> None:
    """Say in a home's settings where its Spark runs."""
    spark: dict[str, object] = {"master": master, "conf": {**CONF, **conf}}
    if near_rows is not None:
        spark["near_rows"] = near_rows
    (home / "settings.yaml").write_text(yaml.safe_dump({"spark": spark}), encoding="utf-8")
