"""Spark plans no statement so that all rows are put in order by one task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.house.test_windows import SHORT
from tests.spark.recording import Call

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Nothing but the order of what comes in decides how a window's rows were brought together.
_PASSES = re.compile(r"^(Sort|Project|Filter|WindowGroupLimit|InputAdapter|ColumnarToRow)")


def nodes(frame: DataFrame) -> list[tuple[int, str]]:
    """The physical plan from the top down: how deep each node lies, and what it is."""
    text = frame._jdf.queryExecution().executedPlan().toString()
    found = (re.match(r"^([ :|+\-*()\d]*)(.*)$", line) for line in text.splitlines())
    return [(len(match[1]), match[2]) for match in found if match]


def single(frame: DataFrame) -> list[str]:
    """The windows of a plan whose rows were all brought to one task."""
    plan = nodes(frame)
    found = []
    for place, (_, window) in enumerate(plan):
        if window.startswith("Window "):
            below = next((node for _, node in plan[place + 1 :] if not _PASSES.match(node)), "")
            if below.startswith("Exchange SinglePartition"):
                found.append(window)
    return found


def unknown(spark: SparkSession, table: pa.Table) -> DataFrame:
    """A relation with the columns of a table, of whose rows Spark knows nothing before it has read them."""
    schema = spark.createDataFrame(table.slice(0, 0)).schema
    return spark.createDataFrame(spark.sparkContext.emptyRDD(), schema)


def planned(spark: SparkSession, call: Call) -> DataFrame:
    """A statement over such relations."""
    from tests.spark.sessions import carried

    for name, table in call.inputs.items():
        unknown(spark, table).createOrReplaceTempView(f"of_{name}")
    return carried(spark, call.path, call.params)


@pytest.mark.slow
@pytest.mark.spark
def test_no_window_has_all_rows_in_one_task(spark: SparkSession, calls: list[Call]) -> None:
    one_each = {call.path: call for call in calls}
    found = {path: windows for path, call in one_each.items() if (windows := single(planned(spark, call)))}
    assert {path: windows for path, windows in found.items() if path not in SHORT} == {}
    assert len(found) > 5  # those of blocks are seen, so another would be


@pytest.mark.slow
@pytest.mark.spark
def test_a_window_over_all_rows_is_found(spark: SparkSession) -> None:
    columns: dict[str, Any] = {"a": [1], "b": [2]}
    unknown(spark, pa.table(columns)).createOrReplaceTempView("rows")
    assert len(single(spark.sql("select a, sum(b) over (order by a) as upto from rows where b > 0"))) == 1
    assert single(spark.sql("select a, sum(b) over (partition by b order by a) as upto from rows")) == []
    assert single(spark.sql("select sum(a) as a, count(*) as n from rows")) == []
