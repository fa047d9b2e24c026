"""Every statement of ``sql/`` returns the same on Spark as in DuckDB: columns, types, rows (issue: one set of SQL)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from assets.foundation.engine import statement
from tests.spark.recording import Call, answered, content, emptied, paths

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SIZE = "// 1048576"


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


# --- blocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_sums_in_two_levels_do_not_depend_on_the_size_of_a_block(calls: list[Call]) -> None:
    """Recorded days have one block; in blocks of two every statement returns the same."""
    in_blocks = [call for call in calls if _SIZE in statement(call.path).text]
    assert len({call.path for call in in_blocks}) >= 8
    for call in in_blocks:
        text = re.sub(re.escape(_SIZE), "// 2", statement(call.path).text)
        assert content(answered(call, text).result) == content(call.result), call
