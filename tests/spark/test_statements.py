"""Every statement of ``sql/`` returns the same on Spark as in DuckDB: columns, types, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.spark.recording import Call, content, emptied, paths

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def found_on(spark: SparkSession, call: Call) -> pa.Table:
    """What Spark returns for a call."""
    from tests.spark.sessions import carried, lay

    lay(spark, call.inputs)
    return carried(spark, call.path, call.params).toArrow()


def differs(spark: SparkSession, call: Call) -> str:
    """In what Spark's answer is another than DuckDB's, as a line; empty where in nothing."""
    try:
        kinds, rows = content(found_on(spark, call))
    except Exception as fault:  # whatever Spark raises is told with the statement
        return f"{call}: {str(fault).splitlines()[0][:300]}"
    expected_kinds, expected_rows = content(call.result)
    if kinds != expected_kinds:
        return f"{call}: {[pair for pair in zip(expected_kinds, kinds, strict=False) if pair[0] != pair[1]]}"
    if rows != expected_rows:
        apart = [pair for pair in zip(expected_rows, rows, strict=False) if pair[0] != pair[1]]
        return f"{call}: {len(expected_rows)} and {len(rows)} rows, {apart[:1]}"
    return ""


@pytest.mark.slow
def test_every_statement_was_run_with_rows(calls: list[Call]) -> None:
    assert set(paths()) - {call.path for call in calls if call.result.num_rows} == set()


@pytest.mark.slow
@pytest.mark.spark
def test_every_statement_returns_the_same(spark: SparkSession, calls: list[Call]) -> None:
    assert [found for call in calls if (found := differs(spark, call))] == []


@pytest.mark.slow
@pytest.mark.spark
def test_every_statement_returns_the_same_without_rows(spark: SparkSession, calls: list[Call]) -> None:
    without = {call.path: emptied(call) for call in calls}
    assert [found for call in without.values() if (found := differs(spark, call))] == []


@pytest.mark.slow
@pytest.mark.spark
def test_another_row_is_found(spark: SparkSession, calls: list[Call]) -> None:
    (call, *_) = (call for call in calls if call.path == "queue/tickets_entered" and call.result.num_rows)
    other = call.result.set_column(2, "ticket_no", pa.array([0] * call.result.num_rows, pa.int64()))
    assert "rows, [" in differs(spark, Call(call.path, call.params, call.inputs, other))
    assert "bool" in differs(spark, Call(call.path, call.params, call.inputs, call.result.set_column(
        2, "ticket_no", pa.array([True] * call.result.num_rows))))  # fmt: skip
